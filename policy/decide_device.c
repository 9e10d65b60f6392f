/*
 * Checks 3 to 8 and 12 of the decision: what is shown, and the devices behind
 * it.
 */

#include "policy/decide_inside.h"

static void
side_form(struct judgement *j, const struct side_facts *s)
{
	if (s->path_judged && reason_get(s->path)->check == 3)
		judge_say(j, s->path);
}

/* What cannot be read ends the matter, wherever the other one's path leads. */
void
check_shown(struct judgement *j)
{
	if (judge_with_tre(j->f))
		judge_require(j, j->f->tre.shown, NO_CERTIFICATE);
	judge_require(j, j->f->platform.shown, NO_CERTIFICATE);
	if (j->v->nreasons > 0)
		return;
	if (judge_with_tre(j->f))
		side_form(j, &j->f->tre);
	side_form(j, &j->f->platform);
}

static void
side_path(struct judgement *j, const struct side_facts *s)
{
	if (!s->path_judged)
		judge_say(j, CHAIN_UNTRUSTED);
	else if (s->path != REASON_NONE)
		judge_say(j, s->path);
}

void
check_paths(struct judgement *j)
{
	if (judge_with_tre(j->f))
		side_path(j, &j->f->tre);
	side_path(j, &j->f->platform);
}

void
check_register(struct judgement *j)
{
	if (judge_with_tre(j->f))
		judge_require(j, j->f->tre.registered, CERTIFICATE_NOT_ISSUED);
	judge_require(j, j->f->platform.registered, CERTIFICATE_NOT_ISSUED);
}

/* ---- 6 to 12: all are made */

static void
side_status(struct judgement *j, const struct side_facts *s)
{
	if (s->standing == STANDING_ON_HOLD)
		judge_say(j, CERTIFICATE_ON_HOLD);
	else if (s->standing != STANDING_GOOD)
		judge_say(j, CERTIFICATE_REVOKED);
	judge_require(j, s->issuer == STANDING_GOOD, ISSUER_REVOKED);
	judge_require(j, s->status_fresh, STATUS_STALE);
}

void
check_status(struct judgement *j)
{
	const struct facts *f = j->f;

	if (judge_with_tre(f))
		side_status(j, &f->tre);
	side_status(j, &f->platform);
	judge_require(j,
	    f->status_age >= 0 &&
		(f->max_status_age == 0 || f->status_age <= f->max_status_age),
	    STATUS_STALE);
}

void
check_binding(struct judgement *j)
{
	const struct facts *f = j->f;

	if (judge_with_tre(f)) {
		judge_require(j,
		    f->bound_by_certificate && f->bound_by_register,
		    BINDING_MISMATCH);
		judge_require(j, !f->tre_bound_elsewhere, TRE_BOUND_ELSEWHERE);
	} else
		/* or leaving the TrE away would be a way round it */
		judge_require(j,
		    !f->bound_tre_known_bad && !judge_bound_falls(j),
		    TRE_KNOWN_BAD);
	judge_require(j, f->device_id_fits, DEVICE_ID_MISMATCH);
}

/* Of several faults of one piece of evidence the first one is the reason. */
static void
tre_possession(struct judgement *j)
{
	const struct evidence_facts *e = &j->f->evidence;

	if (e->asked == EVIDENCE_NONE || e->shown != e->asked)
		judge_say(j, EVIDENCE_MISSING);
	else if (!e->well_formed)
		judge_say(j, EVIDENCE_MALFORMED);
	else if (e->asked == EVIDENCE_TPM_QUOTE && !e->key_enrolled)
		judge_say(j, ATTESTATION_KEY_UNKNOWN);
	else if (!j->f->tre.possession)
		judge_say(j, POSSESSION_TRE);
	else if (e->asked == EVIDENCE_TPM_QUOTE && e->order != ORDER_IS_BACK)
		judge_require(j, e->order == ORDER_IS_GOOD, EVIDENCE_STALE);
}

void
check_possession(struct judgement *j)
{
	const struct facts *f = j->f;
	int64_t shown = f->received != 0 ? f->received : j->now;

	if (f->purpose == PURPOSE_PRECHECK)
		return;
	if (judge_with_tre(f))
		tre_possession(j);
	judge_require(j, f->platform.possession, POSSESSION_PLATFORM);
	judge_require(j,
	    f->signed_at >= shown - EVIDENCE_SECONDS &&
		f->signed_at <= shown + EVIDENCE_SECONDS,
	    EVIDENCE_STALE);
}

static void
side_device(struct judgement *j, const struct side_facts *s)
{
	switch (s->device) {
	case DEVICE_IS_FINE:
		return;
	case DEVICE_IS_STOLEN:
		judge_say(j, DEVICE_STOLEN);
		return;
	case DEVICE_IS_RETIRED:
		judge_say(j, DEVICE_RETIRED);
		return;
	case DEVICE_IS_QUARANTINED:
	case DEVICE_IS_UNKNOWN:
		break;
	}
	judge_say(j, DEVICE_QUARANTINED);
}

void
check_incidents(struct judgement *j)
{
	if (judge_with_tre(j->f))
		side_device(j, &j->f->tre);
	side_device(j, &j->f->platform);
}
