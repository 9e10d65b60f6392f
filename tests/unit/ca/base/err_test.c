/*
 * The error slot: kind, stable code, sentence.
 */

#include "../../test.h"

#include "base/err.h"

static void
keeps_kind_and_sentence(void **state)
{
	(void)state;
	assert_int_equal(err_set(ERR_ABSENT, "no site %s", "north"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_string_equal(err_text(), "no site north");
	assert_string_equal(err_code(), "");
}

static void
keeps_a_stable_code_until_the_next_failure(void **state)
{
	(void)state;
	assert_int_equal(
	    err_set_code(ERR_CONFLICT, "KEY_REGISTERED", "row %d", 7), -1);
	assert_string_equal(err_code(), "KEY_REGISTERED");
	assert_string_equal(err_text(), "row 7");
	err_set(ERR_INPUT, "something else");
	assert_string_equal(err_code(), "");
}

static void
may_be_told_its_own_text(void **state)
{
	(void)state;
	err_set_code(ERR_INPUT, "SHORT", "too short");
	err_set_code(err_kind(), err_code(), "row 3: %s", err_text());
	assert_string_equal(err_text(), "row 3: too short");
	assert_string_equal(err_code(), "SHORT");
}

static void
can_be_put_aside_while_others_fail(void **state)
{
	struct err kept;

	(void)state;
	err_set_code(ERR_BUSY, "CONTENDED", "in the way");
	err_set_retry(7);
	err_keep(&kept);
	err_set(ERR_INTERNAL, "another");
	assert_int_equal(err_again(&kept), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_string_equal(err_code(), "CONTENDED");
	assert_string_equal(err_text(), "in the way");
	assert_int_equal(err_retry(), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_kind_and_sentence),
		cmocka_unit_test(keeps_a_stable_code_until_the_next_failure),
		cmocka_unit_test(may_be_told_its_own_text),
		cmocka_unit_test(can_be_put_aside_while_others_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
