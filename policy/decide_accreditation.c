/*
 * Check 10 of the decision: the accreditations that a device stands on, at
 * issue and now.
 */

#include <string.h>

#include "policy/decide_inside.h"

#define SOON (30 * DAY)

bool
judge_goes_on(enum effect effect, int64_t issued, int64_t since)
{
	return effect == EFFECT_PERMIT ||
	    (effect == EFFECT_PERMIT_IF_ISSUED_BEFORE && issued < since);
}

static void
coc_expired(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	int64_t grace = (int64_t)c->grace_days * DAY;

	if (judge_goes_on(c->on_expired, issued, c->expires) &&
	    j->now < c->expires + grace)
		judge_say(j, COC_GRACE);
	else
		judge_say(j, COC_EXPIRED);
}

enum coc_fact
judge_coc_now(const struct judgement *j, const struct coc_facts *c)
{
	bool ends = c->now == COC_IS_PROVISIONAL || c->now == COC_IS_CERTIFIED;

	return ends && c->expires <= j->now ? COC_IS_EXPIRED : c->now;
}

static void
coc_now(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	switch (judge_coc_now(j, c)) {
	case COC_IS_PROVISIONAL:
		judge_say(j, COC_PROVISIONAL);
		/* FALLTHROUGH */
	case COC_IS_CERTIFIED:
		if (c->expires <= j->now + SOON)
			judge_say(j, COC_EXPIRES_SOON);
		return;
	case COC_IS_SUSPENDED:
		judge_require(j,
		    judge_goes_on(c->on_suspended, issued, c->since),
		    COC_SUSPENDED);
		return;
	case COC_IS_WITHDRAWN:
		judge_require(j,
		    judge_goes_on(c->on_withdrawn, issued, c->since),
		    COC_WITHDRAWN);
		return;
	case COC_IS_EXPIRED:
		coc_expired(j, c, issued);
		return;
	case COC_IS_ABSENT:
		break;
	}
	judge_say(j, MODEL_NOT_ACCREDITED);
}

/* What it stands on now, whatever it stood on when it was issued. */
static void
standing_now(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	coc_now(j, c, issued);
	if (c->declaration == DECLARATION_IS_CHALLENGED)
		judge_say(j, DECLARATION_CHALLENGED);
	else
		judge_require(j, c->declaration != DECLARATION_IS_ABSENT,
		    DECLARATION_MISSING);
}

static void
accreditation(struct judgement *j, const struct coc_facts *c, int64_t issued)
{
	judge_require(j, c->supplier_active, SUPPLIER_SUSPENDED);
	judge_require(j,
	    c->at_issue == COC_IS_PROVISIONAL ||
		c->at_issue == COC_IS_CERTIFIED,
	    MODEL_NOT_ACCREDITED);
	standing_now(j, c, issued);
}

static void
bound(struct judgement *j, const struct coc_facts *c)
{
	judge_require(j, c->supplier_active, SUPPLIER_SUSPENDED);
	standing_now(j, c, j->f->bound_issued);
}

/*
 * Its own verdict is nobody's to hear: the question is about the terminal
 * alone.
 */
bool
judge_bound_falls(const struct judgement *j)
{
	const struct facts *f = j->f;
	struct verdict v;
	struct judgement of_the_tre = { f, j->now, &v };

	if (!f->bound_doubtful)
		return false;
	memset(&v, 0, sizeof(v));
	bound(&of_the_tre, &f->bound_hardware);
	bound(&of_the_tre, &f->bound_model);
	return f->bound_issuer != STANDING_GOOD || v.nreasons > 0;
}

void
check_accreditation(struct judgement *j)
{
	const struct facts *f = j->f;

	if (judge_with_tre(f)) {
		accreditation(j, &f->hardware, f->tre.issued);
		accreditation(j, &f->tre.model, f->tre.issued);
		judge_require(j, f->tre.site_accredited_at_issue,
		    SITE_NOT_ACCREDITED_AT_ISSUE);
	}
	accreditation(j, &f->platform.model, f->platform.issued);
	judge_require(j, f->platform.site_accredited_at_issue,
	    SITE_NOT_ACCREDITED_AT_ISSUE);
}
