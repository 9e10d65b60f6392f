/*
 * Answers for people: records in an order that is read, lists as tables.
 */

#include "../../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "base/err.h"

/* What cli_show() writes of the text, which is JSON. */
static char *
shown(const char *text)
{
	static char out[4096];
	struct cli cli = { .json = false };
	FILE *f = tmpfile();
	int saved = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(f);
	(void)fflush(stdout);
	assert_int_not_equal(dup2(fileno(f), STDOUT_FILENO), -1);
	assert_int_equal(
	    cli_show(&cli, json_loads(text, 0, NULL), NULL), CLI_OK);
	(void)fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	rewind(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	(void)fclose(f);
	return out;
}

static void
what_names_it_comes_first(void **state)
{
	(void)state;
	assert_string_equal(
	    shown(
		"{\"created\":\"now\",\"state\":\"open\",\"number\":\"A-1\"}"),
	    "number   A-1\nstate    open\ncreated  now\n");
}

static void
what_is_empty_is_left_out_of_a_record(void **state)
{
	(void)state;
	assert_string_equal(
	    shown("{\"handle\":\"a\",\"error\":null,\"note\":\"\","
		  "\"makes\":[],\"quota\":0,\"on\":false}"),
	    "handle  a\nquota   0\non      false\n");
}

static void
words_stand_in_one_line(void **state)
{
	(void)state;
	assert_string_equal(
	    shown("{\"handle\":\"a\",\"makes\":[\"tre\",\"terminal\"]}"),
	    "handle  a\nmakes   tre, terminal\n");
}

static void
what_nobody_reads_is_cut_short(void **state)
{
	static const char many[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaa";
	char text[600], want[600];

	(void)state;
	assert_int_equal(strlen(many), 200);
	(void)snprintf(text, sizeof(text), "{\"der\":\"%s\"}", many);
	(void)snprintf(want, sizeof(want), "der  %s\n", many);
	assert_string_equal(shown(text), want);
	(void)snprintf(text, sizeof(text), "{\"der\":\"%s=\"}", many);
	(void)snprintf(want, sizeof(want),
	    "der  %.40s... (201 letters: --json has all)\n", many);
	assert_string_equal(shown(text), want);
	/* what people wrote is read */
	(void)snprintf(text, sizeof(text), "{\"why\":\"%s a\"}", many);
	(void)snprintf(want, sizeof(want), "why  %s a\n", many);
	assert_string_equal(shown(text), want);
}

static void
a_record_in_a_cell_is_read_as_well(void **state)
{
	(void)state;
	assert_string_equal(
	    shown("[{\"subject\":\"a\",\"terms\":{\"level\":2,\"why\":null,"
		  "\"model\":\"m\"},\"to\":[{\"x\":1},{\"x\":2}]}]"),
	    "subject\na\n");
	assert_string_equal(
	    shown("{\"handle\":\"a\",\"reach\":{\"operators\":[{\"operator\":"
		  "\"o\",\"permits\":3},{\"operator\":\"p\"}]}}"),
	    "handle  a\n\nreach:\noperators  operator o, permits 3; operator "
	    "p\n");
}

static void
columns_of_a_part_are_in_order_too(void **state)
{
	(void)state;
	assert_string_equal(
	    shown("{\"handle\":\"a\",\"list\":[{\"at\":1,\"state\":null,"
		  "\"number\":\"n\"},{\"at\":2,\"state\":\"s\"}]}"),
	    "handle  a\n\nlist:\nnumber  state  at\nn       -      1\n-       "
	    "s      2\n");
}

static void
parts_stand_behind_it_under_their_names(void **state)
{
	(void)state;
	assert_string_equal(
	    shown("{\"by_whom\":{\"handle\":\"b\"},\"log\":[{\"at\":1,\"by\":"
		  "null},{\"at\":22,\"by\":\"c\"}],\"number\":\"A-1\"}"),
	    "number  A-1\n\nby whom:\nhandle  b\n\nlog:\nat  by\n1   -\n22  "
	    "c\n");
}

static void
a_list_alone_is_a_table_without_trailing_spaces(void **state)
{
	(void)state;
	assert_string_equal(shown("{\"next\":null,\"sites\":[{\"handle\":\"a\","
				  "\"effective\":\"x\"}]}"),
	    "handle  effective\na       x\n");
	assert_string_equal(shown("{\"next\":null,\"sites\":[]}"), "none\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_names_it_comes_first),
		cmocka_unit_test(what_is_empty_is_left_out_of_a_record),
		cmocka_unit_test(words_stand_in_one_line),
		cmocka_unit_test(what_nobody_reads_is_cut_short),
		cmocka_unit_test(a_record_in_a_cell_is_read_as_well),
		cmocka_unit_test(columns_of_a_part_are_in_order_too),
		cmocka_unit_test(parts_stand_behind_it_under_their_names),
		cmocka_unit_test(
		    a_list_alone_is_a_table_without_trailing_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
