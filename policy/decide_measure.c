/*
 * Checks 9 and 11 of the decision: what the evidence claims, and the measures
 * in force.
 */

#include "policy/decide_inside.h"

/* Unknown firmware may be any: it is in every range. */
static bool
in_range(const struct facts *f, const struct measure_fact *m)
{
	if (!firmware_valid(f->firmware))
		return true;
	return !(m->from[0] != '\0' && firmware_valid(m->from) &&
		   !firmware_at_least(f->firmware, m->from)) &&
	    !(m->to[0] != '\0' && firmware_valid(m->to) &&
		!firmware_at_least(m->to, f->firmware));
}

/* Does it forbid this device something, whatever the firmware? */
bool
measure_forbids(const struct measure_fact *m)
{
	return m->reason != REASON_NONE &&
	    !judge_goes_on(m->effect, m->issued, m->since);
}

/* A minimum that is claimed, and not reached, is named for itself. */
static bool
below_minimum(const struct facts *f, const struct measure_fact *m)
{
	return m->least && measure_forbids(m) && in_range(f, m) &&
	    firmware_valid(f->firmware) && firmware_valid(m->least_firmware) &&
	    !firmware_at_least(f->firmware, m->least_firmware);
}

static bool
is_of_the_tre(const struct facts *f)
{
	return f->tre.possession &&
	    (f->evidence.asked != EVIDENCE_TPM_QUOTE ||
		f->evidence.key_enrolled);
}

/*
 * What is not at hand, or not the TrE's, was refused by check 8; or it is a
 * precheck, which needs none.
 */
static void
measured(struct judgement *j)
{
	const struct facts *f = j->f;
	const struct evidence_facts *e = &f->evidence;

	if (!judge_with_tre(f) || !evidence_at_hand(e) ||
	    (!is_of_the_tre(f) && f->purpose != PURPOSE_PRECHECK))
		return;
	if (e->measurement == MEASUREMENT_IS_BAD)
		judge_say(j, MEASUREMENT_BAD);
	else if (e->measurement == MEASUREMENT_IS_NOT_ASKED)
		judge_require(
		    j, e->asked == EVIDENCE_TRANSCRIPT, MEASUREMENT_UNKNOWN);
	else
		judge_require(j, e->measurement == MEASUREMENT_IS_GOOD,
		    MEASUREMENT_UNKNOWN);
	if (e->update_available)
		judge_say(j, FIRMWARE_UPDATE_AVAILABLE);
}

void
check_claims(struct judgement *j)
{
	const struct facts *f = j->f;
	int i;

	judge_require(j,
	    !f->claims_tamper &&
		!(judge_with_tre(f) && f->evidence.order == ORDER_IS_BACK),
	    TAMPER_INDICATED);
	judge_require(j, !f->claims_debug, DEBUG_ENABLED);
	for (i = 0; i < f->nmeasures && i < FACTS_MEASURES; i++)
		if (below_minimum(f, &f->measures[i]))
			judge_say(j, FIRMWARE_BELOW_MINIMUM);
	measured(j);
}

static bool
concerns(const struct facts *f, const struct measure_fact *m)
{
	if (!measure_forbids(m) || !in_range(f, m))
		return false;
	return !m->least ||
	    (!below_minimum(f, m) &&
		!firmware_at_least(f->firmware, m->least_firmware));
}

void
check_measures(struct judgement *j)
{
	const struct facts *f = j->f;
	int i;

	/* unknown measures might be any: the strictest */
	judge_require(j, f->measures_known, MEASURE_BAN);
	for (i = 0; i < f->nmeasures && i < FACTS_MEASURES; i++)
		if (concerns(f, &f->measures[i]))
			judge_say(j, f->measures[i].reason);
}
