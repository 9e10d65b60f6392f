#ifndef UNIT_FIRST_KIT_H
#define UNIT_FIRST_KIT_H

/*
 * Where every chain of kits begins: number 1, with some TrEs that are bad.
 * setup() and teardown() are a fixture.
 */

#include "kit/chain.h"
#include "tests/unit/ca/kit/maker.h"

static struct maker maker;
static const uint8_t zeroes[32];

MAKER_FUNCTION int
setup(void **state)
{
	(void)state;
	maker_start(&maker);
	return 0;
}

MAKER_FUNCTION int
teardown(void **state)
{
	(void)state;
	maker_stop(&maker);
	return 0;
}

/* Delta 1 and its snapshot: TrEs 10 to 19 revoked, 50 held, 60 void. */
MAKER_FUNCTION void
first(struct made_kit *delta, struct made_kit *full)
{
	uint8_t link[32];

	maker_begin(&maker, delta, KIT_ANEW, 1, zeroes);
	maker_end(&maker, delta);
	maker_hash(delta, link);
	maker_begin(&maker, full, KIT_FULL, 1, link);
	kit_members_add(&full->members[0], KIT_REVOKED, 10, 10);
	kit_members_add(&full->members[0], KIT_HELD, 50, 1);
	kit_members_add(&full->members[0], KIT_NEVER, 60, 1);
	maker_end(&maker, full);
}

MAKER_FUNCTION void
is_refused(int rc, const char *code)
{
	assert_int_equal(rc, -1);
	assert_string_equal(err_code(), code);
}

#endif
