/*
 * The decision engine.  One rule is one function; the table at the end is the
 * policy: rules in their order, and which of them end the matter.
 */

#include <string.h>

#include "policy/decide.h"

#define DAY  86400
#define SOON (30 * DAY)

struct judgement {
	const struct facts *f;
	int64_t now;
	struct verdict *v;
};

static void
add(enum reason *list, int *n, enum reason r)
{
	int i;

	for (i = 0; i < *n; i++)
		if (list[i] == r)
			return;
	if (*n < VERDICT_REASONS)
		list[(*n)++] = r;
}

static void
say(struct judgement *j, enum reason r)
{
	if (reason_get(r)->weight == WEIGHT_WARN)
		add(j->v->warnings, &j->v->nwarnings, r);
	else
		add(j->v->reasons, &j->v->nreasons, r);
}

static void
require(struct judgement *j, bool holds, enum reason otherwise)
{
	if (!holds)
		say(j, otherwise);
}

static bool
with_tre(const struct facts *f)
{
	return f->mode != MODE_PLATFORM_ONLY;
}

/* ---- 0 to 5: the first failure ends it */

static void
check_operator(struct judgement *j)
{
	require(j, j->f->operator_authenticated, OPERATOR_UNAUTHENTICATED);
	require(j, j->f->operator_enabled, OPERATOR_NOT_ENABLED);
	if (j->f->mode == MODE_PLATFORM_ONLY)
		require(j, j->f->operator_platform_only, MODE_NOT_ALLOWED);
}

static void
check_form(struct judgement *j)
{
	require(j,
	    j->f->form_good && j->f->purpose != PURPOSE_NONE &&
		j->f->mode != MODE_NONE,
	    REQUEST_MALFORMED);
	require(j, !j->f->request_id_reused, REQUEST_ID_REUSED);
}

static void
check_challenge(struct judgement *j)
{
	switch (j->f->challenge) {
	case CHALLENGE_IS_GOOD:
		return;
	case CHALLENGE_IS_EXPIRED:
		say(j, CHALLENGE_EXPIRED);
		return;
	case CHALLENGE_IS_REPLAYED:
		say(j, CHALLENGE_REPLAYED);
		return;
	case CHALLENGE_IS_UNKNOWN:
		break;
	}
	say(j, CHALLENGE_UNKNOWN);
}

static void
check_shown(struct judgement *j)
{
	if (with_tre(j->f))
		require(j, j->f->tre.shown, NO_CERTIFICATE);
	require(j, j->f->platform.shown, NO_CERTIFICATE);
}

static void
side_path(struct judgement *j, const struct side_facts *s)
{
	if (!s->path_judged)
		say(j, CHAIN_UNTRUSTED);
	else if (s->path != REASON_NONE)
		say(j, s->path);
}

static void
check_paths(struct judgement *j)
{
	if (with_tre(j->f))
		side_path(j, &j->f->tre);
	side_path(j, &j->f->platform);
}

static void
check_register(struct judgement *j)
{
	if (with_tre(j->f))
		require(j, j->f->tre.registered, CERTIFICATE_NOT_ISSUED);
	require(j, j->f->platform.registered, CERTIFICATE_NOT_ISSUED);
}

/* ---- 6 to 12: all are made */

static void
side_status(struct judgement *j, const struct side_facts *s)
{
	if (s->standing == STANDING_ON_HOLD)
		say(j, CERTIFICATE_ON_HOLD);
	else if (s->standing != STANDING_GOOD)
		say(j, CERTIFICATE_REVOKED);
	require(j, s->issuer == STANDING_GOOD, ISSUER_REVOKED);
	require(j, s->status_fresh, STATUS_STALE);
}

static void
check_status(struct judgement *j)
{
	const struct facts *f = j->f;

	if (with_tre(f))
		side_status(j, &f->tre);
	side_status(j, &f->platform);
	require(j,
	    f->status_age >= 0 &&
		(f->max_status_age == 0 || f->status_age <= f->max_status_age),
	    STATUS_STALE);
}

static void
check_binding(struct judgement *j)
{
	const struct facts *f = j->f;

	if (with_tre(f)) {
		require(j, f->bound_by_certificate && f->bound_by_register,
		    BINDING_MISMATCH);
		require(j, !f->tre_bound_elsewhere, TRE_BOUND_ELSEWHERE);
	} else
		/* or leaving the TrE away would be a way round it */
		require(j, !f->bound_tre_known_bad, TRE_KNOWN_BAD);
	require(j, f->device_id_fits, DEVICE_ID_MISMATCH);
}

static void
check_possession(struct judgement *j)
{
	const struct facts *f = j->f;

	if (f->purpose == PURPOSE_PRECHECK)
		return;
	if (with_tre(f))
		require(j, f->tre.possession, POSSESSION_TRE);
	require(j, f->platform.possession, POSSESSION_PLATFORM);
	require(j,
	    f->signed_at >= j->now - EVIDENCE_SECONDS &&
		f->signed_at <= j->now + EVIDENCE_SECONDS,
	    EVIDENCE_STALE);
}

/* Do devices that exist already go on under this effect? */
static bool
goes_on(enum effect effect, int64_t issued, int64_t since)
{
	return effect == EFFECT_PERMIT ||
	    (effect == EFFECT_PERMIT_IF_ISSUED_BEFORE && issued < since);
}

static void
coc_expired(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	int64_t grace = (int64_t)c->grace_days * DAY;

	if (goes_on(c->on_expired, issued, c->expires) &&
	    j->now < c->expires + grace)
		say(j, COC_GRACE);
	else
		say(j, COC_EXPIRED);
}

static void
coc_now(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	enum coc_fact now = c->now;

	/* time acts, whether or not the record has noticed */
	if ((now == COC_IS_PROVISIONAL || now == COC_IS_CERTIFIED) &&
	    c->expires <= j->now)
		now = COC_IS_EXPIRED;
	switch (now) {
	case COC_IS_PROVISIONAL:
		say(j, COC_PROVISIONAL);
		/* FALLTHROUGH */
	case COC_IS_CERTIFIED:
		if (c->expires <= j->now + SOON)
			say(j, COC_EXPIRES_SOON);
		return;
	case COC_IS_SUSPENDED:
		require(j, goes_on(c->on_suspended, issued, c->since),
		    COC_SUSPENDED);
		return;
	case COC_IS_WITHDRAWN:
		require(j, goes_on(c->on_withdrawn, issued, c->since),
		    COC_WITHDRAWN);
		return;
	case COC_IS_EXPIRED:
		coc_expired(j, c, issued);
		return;
	case COC_IS_ABSENT:
		break;
	}
	say(j, MODEL_NOT_ACCREDITED);
}

static void
accreditation(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	require(j, c->supplier_active, SUPPLIER_SUSPENDED);
	require(j,
	    c->at_issue == COC_IS_PROVISIONAL ||
		c->at_issue == COC_IS_CERTIFIED,
	    MODEL_NOT_ACCREDITED);
	coc_now(j, c, issued);
	if (c->declaration == DECLARATION_IS_CHALLENGED)
		say(j, DECLARATION_CHALLENGED);
	else
		require(j, c->declaration != DECLARATION_IS_ABSENT,
		    DECLARATION_MISSING);
}

static void
check_accreditation(struct judgement *j)
{
	const struct facts *f = j->f;

	if (with_tre(f)) {
		accreditation(j, &f->hardware, f->tre.issued);
		accreditation(j, &f->tre.model, f->tre.issued);
		require(j, f->tre.site_accredited_at_issue,
		    SITE_NOT_ACCREDITED_AT_ISSUE);
	}
	accreditation(j, &f->platform.model, f->platform.issued);
	require(j, f->platform.site_accredited_at_issue,
	    SITE_NOT_ACCREDITED_AT_ISSUE);
}

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
	    !goes_on(m->effect, m->issued, m->since);
}

/* A minimum that is claimed, and not reached, is named for itself. */
static bool
below_minimum(const struct facts *f, const struct measure_fact *m)
{
	return m->least && measure_forbids(m) && in_range(f, m) &&
	    firmware_valid(f->firmware) && firmware_valid(m->least_firmware) &&
	    !firmware_at_least(f->firmware, m->least_firmware);
}

static void
check_claims(struct judgement *j)
{
	const struct facts *f = j->f;
	int i;

	for (i = 0; i < f->nmeasures && i < FACTS_MEASURES; i++)
		if (below_minimum(f, &f->measures[i]))
			say(j, FIRMWARE_BELOW_MINIMUM);
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

static void
check_measures(struct judgement *j)
{
	const struct facts *f = j->f;
	int i;

	/* unknown measures might be any: the strictest */
	require(j, f->measures_known, MEASURE_BAN);
	for (i = 0; i < f->nmeasures && i < FACTS_MEASURES; i++)
		if (concerns(f, &f->measures[i]))
			say(j, f->measures[i].reason);
}

static void
side_device(struct judgement *j, const struct side_facts *s)
{
	switch (s->device) {
	case DEVICE_IS_FINE:
		return;
	case DEVICE_IS_STOLEN:
		say(j, DEVICE_STOLEN);
		return;
	case DEVICE_IS_RETIRED:
		say(j, DEVICE_RETIRED);
		return;
	case DEVICE_IS_QUARANTINED:
	case DEVICE_IS_UNKNOWN:
		break;
	}
	say(j, DEVICE_QUARANTINED);
}

static void
check_incidents(struct judgement *j)
{
	if (with_tre(j->f))
		side_device(j, &j->f->tre);
	side_device(j, &j->f->platform);
}

/* ---- the policy */

static const struct check {
	int number;
	bool ends; /* a failure here is the whole answer */
	void (*rule)(struct judgement *);
	const char *what;
} checks[] = {
	{ 0, true, check_operator,
	    "the operator is known, enabled and allowed this mode" },
	{ 1, true, check_form, "the request is well formed and new" },
	{ 2, true, check_challenge,
	    "the challenge is ours, this operator's, fresh and unused" },
	{ 3, true, check_shown, "there are certificates" },
	{ 4, true, check_paths,
	    "each is strict DER on a path of three to our root" },
	{ 5, true, check_register, "each is in the register, octet for octet" },
	{ 6, false, check_status, "each is good, and so is its issuer" },
	{ 7, false, check_binding,
	    "the terminal is bound to this TrE; TAC and IMEI fit" },
	{ 8, false, check_possession,
	    "both keys signed this transcript within 120 s" },
	{ 9, false, check_claims,
	    "the firmware reaches what measures ask for" },
	{ 10, false, check_accreditation,
	    "supplier, site, hardware platform, models and declarations, at "
	    "issue and now" },
	{ 11, false, check_measures, "no measure in force forbids it" },
	{ 12, false, check_incidents,
	    "neither device is quarantined, stolen or retired" },
};

#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

static enum verdict_kind
weigh(const struct verdict *v)
{
	int i;

	for (i = 0; i < v->nreasons; i++)
		if (reason_get(v->reasons[i])->weight == WEIGHT_REFUSE)
			return VERDICT_REFUSE;
	return v->nreasons > 0 ? VERDICT_INDETERMINATE : VERDICT_PERMIT;
}

void
decide(const struct facts *f, int64_t now, struct verdict *v)
{
	struct judgement j = { f, now, v };
	size_t i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < NCHECKS; i++) {
		checks[i].rule(&j);
		if (checks[i].ends && v->nreasons > 0)
			break;
	}
	if (v->nreasons == 0 && f->purpose == PURPOSE_PRECHECK)
		say(&j, PRECHECK_ONLY);
	v->kind = weigh(v);
	if (v->kind != VERDICT_PERMIT)
		v->nwarnings = 0;
}

const char *
verdict_text(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_PERMIT:
		return "permit";
	case VERDICT_INDETERMINATE:
		return "indeterminate";
	case VERDICT_REFUSE:
		break;
	}
	return "refuse";
}

static void
explain_reasons(FILE *out, int number)
{
	static const char *const weight[] = { "refuse", "indeterminate",
		"warning" };
	const struct reason_entry *e;
	int r;

	for (r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		e = reason_get((enum reason)r);
		if (e->check == number)
			fprintf(out, "      %-29s %-13s  %s\n", e->code,
			    weight[e->weight], e->sentence);
	}
}

void
decide_explain(FILE *out)
{
	size_t i;
	int last = -1;

	for (i = 0; i < NCHECKS; i++) {
		fprintf(out, "%3d%s %s\n", checks[i].number,
		    checks[i].ends ? " !" : "  ", checks[i].what);
		if (i + 1 < NCHECKS && checks[i + 1].number == checks[i].number)
			continue;
		explain_reasons(out, checks[i].number);
		last = checks[i].number;
	}
	fprintf(out, "%3d   a precheck ends here\n", last < 15 ? 15 : last);
	explain_reasons(out, 15);
	fputs("\n  ! ends the matter at the first failure; the others are all "
	      "made and all reported.\n  No reason left: permit.\n",
	    out);
}
