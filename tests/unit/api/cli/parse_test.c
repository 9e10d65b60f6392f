/*
 * The command line: what is understood, and each usage error.
 */

#include "../../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/commands.h"
#include "base/err.h"

static int
run(struct cli *cli)
{
	(void)cli;
	return CLI_OK;
}

static const struct cli_option options[] = {
	{ "name", "TEXT", "its name", true, false },
	{ "scope", "WORD", "what for", false, true },
	{ "force", NULL, "without a question", false, false },
	CLI_OPTION_END,
};
static const struct cli_command site[] = {
	{ "site", "new", "HANDLE", "register a site", options, run, NULL },
	{ "site", "list", NULL, "list sites", NULL, run, NULL },
	{ "site", "map", "FILE", "draw", NULL, run, NULL },
	{ "site", "map check", "FILE", "look", NULL, run, NULL },
	{ "site", "plan check", "FILE", "look", NULL, run, NULL },
	CLI_END,
};
static const struct cli_command others[] = {
	{ "approve", NULL, "SUBJECT", "approve", NULL, run, "At length." },
	{ "sum", NULL, "A [B] [C...]", "add", NULL, run, NULL },
	CLI_END,
};
static const struct cli_command *const tables[] = { site, others, NULL };

static struct cli cli;
static char out[8192];

/* Split at spaces, parse; what was printed is in out. */
static int
parse(const char *line)
{
	static char words[1024];
	char *argv[64] = { NULL }, *p;
	FILE *f = fmemopen(out, sizeof(out), "w");
	int argc = 0, rc;

	(void)snprintf(words, sizeof(words), "%s", line);
	for (p = strtok(words, " "); p != NULL; p = strtok(NULL, " "))
		argv[argc++] = p;
	out[0] = '\0';
	rc = cli_parse(&cli, tables, argc, argv, f);
	(void)fclose(f);
	return rc;
}

static void
usage(const char *line, const char *says)
{
	assert_int_equal(parse(line), -1);
	assert_int_equal(cli_exit_of_err(), CLI_USAGE);
	if (strstr(err_text(), says) == NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", line, err_text(), says);
}

/* A longer verb goes before an argument; behind "--" there are none. */
static void
understands_verbs_of_two_words(void **state)
{
	(void)state;
	assert_int_equal(parse("assay site map file"), 0);
	assert_string_equal(cli.command->verb, "map");
	assert_int_equal(parse("assay site map check file"), 0);
	assert_string_equal(cli.command->verb, "map check");
	assert_string_equal(cli_arg(&cli, 0), "file");
	assert_int_equal(cli.nargs, 1);
	assert_int_equal(parse("assay site plan check check"), 0);
	assert_string_equal(cli.command->verb, "plan check");
	assert_string_equal(cli_arg(&cli, 0), "check");
	usage("assay site map check", "an argument is missing");
	usage("assay site plan", "needs a verb");
	usage("assay site plan file", "no `assay site plan file`");
	usage("assay site pla check", "no `assay site pla`");
}

static void
understands_a_command(void **state)
{
	long n;

	(void)state;
	assert_int_equal(parse("assay --as officer-1 site new north --name=X "
			       "--scope a --scope b --json"),
	    0);
	assert_string_equal(cli.command->verb, "new");
	assert_string_equal(cli_arg(&cli, 0), "north");
	assert_null(cli_arg(&cli, 1));
	assert_string_equal(cli_option(&cli, "name"), "X");
	assert_string_equal(cli_option_at(&cli, "scope", 1), "b");
	assert_null(cli_option_at(&cli, "scope", 2));
	assert_false(cli_switch(&cli, "force"));
	assert_true(cli.json);
	assert_string_equal(cli.as, "officer-1");
	assert_int_equal(cli_option_int(&cli, "quota", 1, 9, 5, &n), 0);
	assert_int_equal(n, 5);
}

static void
takes_what_stands_behind_two_dashes_as_arguments(void **state)
{
	(void)state;
	assert_int_equal(parse("assay approve -- --help"), 0);
	assert_string_equal(cli_arg(&cli, 0), "--help");
}

static void
counts_arguments(void **state)
{
	(void)state;
	assert_int_equal(parse("assay sum 1"), 0);
	assert_int_equal(parse("assay sum 1 2 3 4 5 6"), 0);
	assert_int_equal(cli.nargs, 6);
	usage("assay sum", "an argument is missing: A");
	usage("assay site new", "an argument is missing: HANDLE");
	usage("assay site list x", "one argument too many");
	usage("assay approve a b", "\"b\" is one argument too many");
}

static void
tells_what_is_not_understood(void **state)
{
	(void)state;
	usage("assay sites", "there is no \"sites\"");
	usage("assay site close x", "no `assay site close`");
	usage("assay site", "needs a verb");
	usage("assay site new x --nam y", "no option --nam here");
	usage("assay site list --name y", "no option --name here");
	usage("assay site new x --name", "--name needs a value");
	usage("assay site new x --name --json",
	    "\"--json\" is like an option: if it is meant, --name=--json");
	usage("assay site new x --name --", "--name needs a value");
	assert_int_equal(parse("assay site new x --name=--json"), 0);
	assert_string_equal(cli_option(&cli, "name"), "--json");
	assert_false(cli.json);
	assert_int_equal(parse("assay site new x --name -json"), 0);
	usage("assay site new x --name a --name b", "given twice");
	usage("assay site new x --name a --force=1", "takes no value");
	usage("assay site new x", "--name TEXT is needed");
}

static void
refuses_numbers_out_of_range(void **state)
{
	static const char *const bad[] = { "0", "10", "x", "1x", "+5", "\t5",
		"-5", "99999999999999999999" };
	char line[128];
	size_t i;
	long n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(
		    line, sizeof(line), "assay site new x --name %s", bad[i]);
		assert_int_equal(parse(line), 0);
		assert_int_equal(cli_option_int(&cli, "name", 1, 9, 5, &n), -1);
		assert_int_equal(cli_exit_of_err(), CLI_USAGE);
	}
}

static void
makes_help_from_the_tables(void **state)
{
	(void)state;
	assert_int_equal(parse("assay"), 1);
	assert_non_null(strstr(out, "assay site new HANDLE"));
	assert_non_null(strstr(out, "assay approve SUBJECT"));
	assert_non_null(strstr(out, "Exit codes"));
	assert_int_equal(parse("assay site --help"), 1);
	assert_non_null(strstr(out, "list sites"));
	assert_null(strstr(out, "approve"));
	assert_int_equal(parse("assay site new --help"), 1);
	assert_non_null(strstr(out, "--name TEXT"));
	assert_non_null(strstr(out, "(needed)"));
	assert_int_equal(parse("assay approve --help"), 1);
	assert_non_null(strstr(out, "At length."));
	assert_int_equal(parse("assay help approve"), 1);
	assert_non_null(strstr(out, "At length."));
	assert_int_equal(parse("assay help"), 1);
	assert_int_equal(parse("assay site new -h"), 1);
	assert_non_null(strstr(out, "--name TEXT"));
}

/* The longest words of all commands' options are shorter than a line, too. */
static void
says_what_an_option_does_in_lines_that_fit(void **state)
{
	const struct cli_command *const *t;
	const struct cli_command *c;
	char line[128], *options_at, *p;

	(void)state;
	for (t = cli_tables; *t != NULL; t++)
		for (c = *t; c->noun != NULL; c++) {
			FILE *f = fmemopen(out, sizeof(out), "w");

			cli_help(cli_tables, c->noun, c, f);
			(void)fclose(f);
			options_at = strstr(out, "\nOptions:\n");
			if (options_at == NULL)
				continue;
			for (p = strtok(options_at, "\n"); p != NULL;
			     p = strtok(NULL, "\n")) {
				(void)snprintf(line, sizeof(line), "%s", p);
				if (strlen(line) > 80)
					fail_msg("assay %s %s: %s", c->noun,
					    c->verb, line);
			}
		}
}

static void
every_real_command_has_a_summary_and_sound_options(void **state)
{
	const struct cli_command *const *t, *c;
	const struct cli_option *o;

	(void)state;
	for (t = cli_tables; *t != NULL; t++)
		for (c = *t; c->noun != NULL; c++) {
			assert_non_null(c->summary);
			assert_non_null(c->run);
			for (o = c->options; o != NULL && o->name; o++) {
				assert_non_null(o->help);
				assert_null(strchr(o->name, ' '));
			}
		}
}

static void
has_an_exit_code_for_every_kind_of_failure(void **state)
{
	static const int codes[][2] = { { ERR_INPUT, CLI_INPUT },
		{ ERR_DENIED, CLI_DENIED }, { ERR_ABSENT, CLI_ABSENT },
		{ ERR_CONFLICT, CLI_CONFLICT }, { ERR_BUSY, CLI_UNAVAILABLE },
		{ ERR_INTERNAL, CLI_INTERNAL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		err_set((enum err_kind)codes[i][0], "x");
		assert_int_equal(cli_exit_of_err(), codes[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_verbs_of_two_words),
		cmocka_unit_test(understands_a_command),
		cmocka_unit_test(
		    takes_what_stands_behind_two_dashes_as_arguments),
		cmocka_unit_test(counts_arguments),
		cmocka_unit_test(tells_what_is_not_understood),
		cmocka_unit_test(refuses_numbers_out_of_range),
		cmocka_unit_test(makes_help_from_the_tables),
		cmocka_unit_test(says_what_an_option_does_in_lines_that_fit),
		cmocka_unit_test(
		    every_real_command_has_a_summary_and_sound_options),
		cmocka_unit_test(has_an_exit_code_for_every_kind_of_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
