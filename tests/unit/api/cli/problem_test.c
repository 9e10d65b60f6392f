/*
 * A server's problem+json as the command line's own error.
 */

#include "../../test.h"

#include "api/cli/client.h"
#include "api/cli/commands.h"
#include "base/err.h"

static void
becomes(long status, const char *body, int exit_code, const char *code,
    const char *text)
{
	assert_int_equal(client_problem(status, span_str(body)), -1);
	assert_int_equal(cli_exit_of_err(), exit_code);
	assert_string_equal(err_code(), code);
	assert_string_equal(err_text(), text);
}

static void
shows_the_sentence_and_the_code(void **state)
{
	(void)state;
	becomes(409,
	    "{\"type\":\"https://assay.example/problems/KEY_REGISTERED\","
	    "\"detail\":\"there is one\"}",
	    CLI_CONFLICT, "KEY_REGISTERED", "there is one");
}

static void
has_an_exit_code_for_every_status(void **state)
{
	static const struct {
		long status;
		int exit_code;
	} all[] = { { 400, CLI_INPUT }, { 401, CLI_DENIED },
		{ 403, CLI_DENIED }, { 404, CLI_ABSENT }, { 405, CLI_ABSENT },
		{ 409, CLI_CONFLICT }, { 413, CLI_INPUT }, { 415, CLI_INPUT },
		{ 429, CLI_UNAVAILABLE }, { 500, CLI_INTERNAL },
		{ 502, CLI_UNAVAILABLE }, { 503, CLI_UNAVAILABLE } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		becomes(all[i].status, "{\"detail\":\"x\"}", all[i].exit_code,
		    "", "x");
}

static void
makes_do_with_what_is_no_problem_json(void **state)
{
	static const char *const bodies[] = { "", "<html>", "[]", "{}",
		"{\"detail\":7}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		becomes(502, bodies[i], CLI_UNAVAILABLE, "",
		    "the server answered with status 502");
}

static void
takes_no_code_that_looks_like_none(void **state)
{
	(void)state;
	becomes(404, "{\"type\":\"about:blank\",\"detail\":\"x\"}", CLI_ABSENT,
	    "", "x");
	becomes(404, "{\"type\":\"https://x/not a code\",\"detail\":\"x\"}",
	    CLI_ABSENT, "", "x");
	becomes(404, "{\"type\":\"https://x/\",\"detail\":\"x\"}", CLI_ABSENT,
	    "", "x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_sentence_and_the_code),
		cmocka_unit_test(has_an_exit_code_for_every_status),
		cmocka_unit_test(makes_do_with_what_is_no_problem_json),
		cmocka_unit_test(takes_no_code_that_looks_like_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
