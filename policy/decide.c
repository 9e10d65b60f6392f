/*
 * The decision engine.  One rule is one function; the table at the end is the
 * policy: rules in their order, and which of them end the matter.
 */

#include <string.h>

#include "policy/decide_inside.h"

/* ---- 0 to 2: who asks, and how */

static void
check_operator(struct judgement *j)
{
	judge_require(
	    j, j->f->operator_authenticated, OPERATOR_UNAUTHENTICATED);
	judge_require(j, j->f->operator_enabled, OPERATOR_NOT_ENABLED);
	if (j->f->mode == MODE_PLATFORM_ONLY)
		judge_require(
		    j, j->f->operator_platform_only, MODE_NOT_ALLOWED);
}

static void
check_form(struct judgement *j)
{
	judge_require(j,
	    j->f->form_good && j->f->purpose != PURPOSE_NONE &&
		j->f->mode != MODE_NONE,
	    REQUEST_MALFORMED);
	judge_require(j, !j->f->request_id_reused, REQUEST_ID_REUSED);
	judge_require(j, !j->f->twice, DUPLICATE_IN_BATCH);
}

static void
check_challenge(struct judgement *j)
{
	switch (j->f->challenge) {
	case CHALLENGE_IS_GOOD:
		return;
	case CHALLENGE_IS_EXPIRED:
		judge_say(j, CHALLENGE_EXPIRED);
		return;
	case CHALLENGE_IS_REPLAYED:
		judge_say(j, CHALLENGE_REPLAYED);
		return;
	case CHALLENGE_IS_UNKNOWN:
		break;
	}
	judge_say(j, CHALLENGE_UNKNOWN);
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
	{ 3, true, check_shown,
	    "there are certificates, strict DER, of allowed keys and "
	    "algorithms" },
	{ 4, true, check_paths,
	    "each is on a path of exactly three to our root" },
	{ 5, true, check_register, "each is in the register, octet for octet" },
	{ 6, false, check_status, "each is good, and so is its issuer" },
	{ 7, false, check_binding,
	    "the terminal is bound to this TrE; TAC and IMEI fit" },
	{ 8, false, check_possession,
	    "both keys answered this transcript within 120 s, the TrE's by the "
	    "evidence that its kind asks for" },
	{ 9, false, check_claims,
	    "no tampering, no open debug port, the firmware that measures ask "
	    "for, measurements that are reference values" },
	{ 10, false, check_accreditation,
	    "supplier, site, hardware platform, models and declarations, at "
	    "issue and now" },
	{ 11, false, check_measures, "no measure in force forbids it" },
	{ 12, false, check_incidents,
	    "neither device is quarantined, stolen or retired" },
	{ 13, false, check_custody,
	    "no other operator has the device, or it consents and no lock "
	    "holds" },
	{ 14, false, check_policy,
	    "the operator's own policy, which only adds to all this" },
};

#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

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
	judge_conclude(&j);
}

/* Did a check that ends the matter end it? */
static bool
ended(const struct verdict *v)
{
	return v->nreasons > 0 && reason_get(v->reasons[0])->check <= 5;
}

void
decide_policy(const struct facts *f, int64_t now, const struct verdict *was,
    struct verdict *v)
{
	struct judgement j = { f, now, v };
	int i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < was->nreasons; i++)
		if (reason_get(was->reasons[i])->check < 14)
			judge_say(&j, was->reasons[i]);
	if (!ended(was))
		check_policy(&j);
	judge_conclude(&j);
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
