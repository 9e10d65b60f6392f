/*
 * Check 13: whose subscription is in the device, and may another's go there?
 */

#include "policy/decide_inside.h"

/* Only a change of operator takes a device over; a precheck may ask about it.
 */
static bool
takes_over(const struct facts *f)
{
	return f->purpose == PURPOSE_CHANGE_OF_OPERATOR ||
	    f->purpose == PURPOSE_PRECHECK;
}

static bool
is_locked(const struct judgement *j, const struct custody_facts *c)
{
	return c->disputed || j->now < c->locked_until;
}

static void
check_holder(struct judgement *j, const struct custody_facts *c)
{
	const struct facts *f = j->f;

	if (c->holder == CUSTODY_IS_NOBODYS || c->holder == CUSTODY_IS_OWN)
		return;
	if (!takes_over(f) || f->consent == CONSENT_IS_ABSENT)
		judge_say(j, CONSENT_MISSING);
	/* of a lock hears only who has the consent of whose it is */
	else if (f->consent == CONSENT_IS_GOOD)
		judge_require(j,
		    c->holder == CUSTODY_IS_ANOTHERS && !is_locked(j, c),
		    MIGRATION_LOCKED);
}

void
check_custody(struct judgement *j)
{
	const struct facts *f = j->f;

	judge_require(j, f->consent != CONSENT_IS_BAD, CONSENT_INVALID);
	if (judge_with_tre(f))
		check_holder(j, &f->tre.custody);
	/* of the TrE that the register knows in the terminal */
	check_holder(j, &f->platform.custody);
}
