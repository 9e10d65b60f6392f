/*
 * Tables that a spreadsheet wrote, and tables that one opens.
 */

#include "../../test.h"

#include <string.h>

#include "api/cli/csv.h"
#include "base/err.h"

/* The rows of text, cells in brackets. */
static void
reads(const char *text, const char *want)
{
	struct buf got = BUF_EMPTY;
	struct csv c;
	size_t i;
	int rc;

	csv_open(&c, span_str(text));
	while ((rc = csv_read(&c)) == 1) {
		for (i = 0; i < c.n; i++)
			buf_printf(&got, "[%s]", c.cells[i]);
		buf_putc(&got, '\n');
	}
	if (rc == -1)
		buf_puts(&got, "bad");
	assert_string_equal(buf_str(&got), want);
	csv_free(&c);
	buf_free(&got);
}

static void
reads_what_spreadsheets_write(void **state)
{
	(void)state;
	reads("tre,terminal\r\nT1,M1\r\n", "[tre][terminal]\n[T1][M1]\n");
	reads("\xef\xbb\xbftre;terminal\nT1;M1", "[tre][terminal]\n[T1][M1]\n");
	reads("a,b\n\"x, y\",\"he said \"\"no\"\"\"\n",
	    "[a][b]\n[x, y][he said \"no\"]\n");
	reads("a,b\n\"two\nlines\",\r\n", "[a][b]\n[two\nlines][]\n");
	reads("a,b\n,\n", "[a][b]\n[][]\n");
	reads("alone\n", "[alone]\n");
}

static void
leaves_empty_lines_out(void **state)
{
	(void)state;
	reads("", "");
	reads("\n\r\na,b\n\n\nc,d\n\n", "[a][b]\n[c][d]\n");
}

static void
refuses_what_is_no_table(void **state)
{
	char text[100];

	(void)state;
	reads("a,b\n\"open,c\n", "[a][b]\nbad");
	reads("a,b\n\"x\"y,c\n", "[a][b]\nbad");
	reads("a,b\nx\"y,c\n", "[a][b]\nbad");
	memset(text, ',', 40);
	text[40] = '\0';
	reads(text, "bad");
	assert_int_equal(err_kind(), ERR_INPUT);
}

static void
refuses_a_nul_wherever_it_is(void **state)
{
	static const char *const tables[] = { "a\0b,c\n", "\"a\0b\",c\n",
		"x,\"a\0\"\n" };
	static const size_t sizes[] = { 6, 8, 8 };
	struct csv c;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		csv_open(&c, span_of(tables[i], sizes[i]));
		assert_int_equal(csv_read(&c), -1);
		csv_free(&c);
	}
}

static void
is_put(const char *text, const char *want)
{
	struct buf out = BUF_EMPTY;

	csv_put(&out, text, '\0');
	assert_string_equal(buf_str(&out), want);
	buf_free(&out);
}

static void
quotes_what_needs_it(void **state)
{
	(void)state;
	is_put("TRE-1", "TRE-1");
	is_put("", "");
	is_put("a,b", "\"a,b\"");
	is_put("a;b", "\"a;b\"");
	is_put("a \"b\"", "\"a \"\"b\"\"\"");
	is_put("a\r\nb", "\"a\r\nb\"");
}

static void
lets_no_spreadsheet_run_a_cell(void **state)
{
	(void)state;
	is_put("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"");
	is_put("+1", "\"'+1\"");
	is_put("-1", "\"'-1\"");
	is_put("@SUM(A1)", "\"'@SUM(A1)\"");
	is_put("\t=1", "\"'\t=1\"");
	is_put("\r=1", "\"'\r=1\"");
	is_put("\n=1", "\"'\n=1\"");
	is_put("  =1", "\"'  =1\"");
	/* full width, which some spreadsheets take for the same */
	is_put("\xef\xbc\x9d"
	       "1",
	    "\"'\xef\xbc\x9d"
	    "1\"");
	is_put("\xef\xbc\xa0S", "\"'\xef\xbc\xa0S\"");
	is_put("\xef\xbc\x9c", "\xef\xbc\x9c");
}

/* By whoever parts cells otherwise than we do, quotes inside count for nothing.
 */
static void
lets_no_spreadsheet_run_a_part_of_a_cell(void **state)
{
	(void)state;
	is_put("a;=1+1;b", "\"a;'=1+1;b\"");
	is_put("a, @x", "\"a,' @x\"");
	is_put("a\t+1", "\"a\t'+1\"");
	is_put("a\n=1", "\"a\n'=1\"");
	is_put("a=b-c", "a=b-c");
}

static void
reads_what_it_wrote(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	buf_puts(&out, CSV_MARK);
	csv_put(&out, "a", '\0');
	csv_put(&out, "b \"c\", d", ';');
	buf_puts(&out, CSV_END);
	reads(buf_str(&out), "[a][b \"c\", d]\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_spreadsheets_write),
		cmocka_unit_test(leaves_empty_lines_out),
		cmocka_unit_test(refuses_what_is_no_table),
		cmocka_unit_test(quotes_what_needs_it),
		cmocka_unit_test(lets_no_spreadsheet_run_a_cell),
		cmocka_unit_test(lets_no_spreadsheet_run_a_part_of_a_cell),
		cmocka_unit_test(refuses_a_nul_wherever_it_is),
		cmocka_unit_test(reads_what_it_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
