/*
 * What a server says, and what did not hold, told to a terminal.
 */

#include "../../test.h"

#include <string.h>

#include "api/cli/cli.h"
#include "base/err.h"

static void
what_did_not_hold_steers_nobody(void **state)
{
	(void)state;
	err_set(ERR_INPUT, "%s is not the file", "x\x1b]0;y\x07\xc2\x9bm\r");
	assert_string_equal(cli_why(), "x ]0;y   m  is not the file");
	err_set(ERR_INPUT, "one\ntwo");
	assert_string_equal(cli_why(), "one\ntwo");
}

static json_t *
answer(void)
{
	return json_pack("{s:s, s:[{s:s}], s:i}", "a\x1b", "b\x1b",
	    "c\xe2\x80\xae", "d\r", "e\x7f", "n", 7);
}

static void
nor_do_names_and_values_at_any_depth(void **state)
{
	struct cli cli = { .json = false };
	json_t *v = cli_plain(&cli, answer());
	json_t *want = json_pack(
	    "{s:s, s:[{s:s}], s:i}", "a ", "b ", "c   ", "d ", "e ", "n", 7);

	(void)state;
	assert_true(json_equal(v, want));
	json_decref(want);
	json_decref(v);
	assert_null(cli_plain(&cli, NULL));
}

/* Standard output of tests is no terminal. */
static void
a_program_has_it_as_it_came(void **state)
{
	struct cli cli = { .json = true };
	json_t *v = cli_plain(&cli, answer()), *want = answer();

	(void)state;
	assert_true(json_equal(v, want));
	json_decref(want);
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_did_not_hold_steers_nobody),
		cmocka_unit_test(nor_do_names_and_values_at_any_depth),
		cmocka_unit_test(a_program_has_it_as_it_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
