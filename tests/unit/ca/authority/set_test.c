/*
 * The set that finds what occurs twice in a lot.
 */

#include "../../test.h"

#include "authority/set.h"
#include "key/hash.h"

static void
digest_of(int n, uint8_t digest[HASH_SIZE])
{
	hash_sha256(span_of(&n, sizeof(n)), digest);
}

static void
an_empty_set_has_nothing(void **state)
{
	struct set s = SET_EMPTY;
	uint8_t digest[HASH_SIZE];

	(void)state;
	digest_of(1, digest);
	assert_false(set_has(&s, digest));
	set_free(&s);
}

static void
keeps_what_was_added_while_it_grows(void **state)
{
	struct set s = SET_EMPTY;
	uint8_t digest[HASH_SIZE];
	int i;

	(void)state;
	for (i = 0; i < 50000; i++) {
		digest_of(i, digest);
		assert_false(set_has(&s, digest));
		set_add(&s, digest);
	}
	for (i = 0; i < 50000; i++) {
		digest_of(i, digest);
		assert_true(set_has(&s, digest));
	}
	digest_of(50000, digest);
	assert_false(set_has(&s, digest));
	assert_int_equal(s.n, 50000);
	set_free(&s);
}

static void
counts_the_same_once(void **state)
{
	struct set s = SET_EMPTY;
	uint8_t digest[HASH_SIZE];

	(void)state;
	digest_of(1, digest);
	set_add(&s, digest);
	set_add(&s, digest);
	assert_int_equal(s.n, 1);
	set_free(&s);
}

static void
a_digest_that_begins_with_zeroes_can_be_in_it(void **state)
{
	struct set s = SET_EMPTY;
	uint8_t digest[HASH_SIZE] = { 0 };

	(void)state;
	assert_false(set_has(&s, digest));
	set_add(&s, digest);
	assert_true(set_has(&s, digest));
	set_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_nothing),
		cmocka_unit_test(keeps_what_was_added_while_it_grows),
		cmocka_unit_test(counts_the_same_once),
		cmocka_unit_test(a_digest_that_begins_with_zeroes_can_be_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
