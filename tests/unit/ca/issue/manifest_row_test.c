/*
 * A row of a manifest: how it may be written, and each thing for which it alone
 * is refused.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/issue/manifest_text.h"

static void
refused_row(const char *line, const char *why)
{
	struct manifest_row row = read_row(line);

	if (strstr(row.fault, why) == NULL)
		fail_msg("%s: \"%s\", not \"%s\"", line, row.fault, why);
	assert_int_equal(row.line.n, strlen(line) - 1);
	manifest_row_free(&row);
}

static void
a_row_brings_what_the_header_promised(void **state)
{
	static const char key[] = "{\"id\":\"TRE-0001\",\"key\":\"MAA=\"}\n";
	static const char both[] =
	    "{\"id\":\"TRE-0001\",\"key\":\"MAA=\",\"csr\":\"MAA=\"}\n";
	struct manifest_row row = read_row_of(MANIFEST_KEY, key);
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_string_equal(row.fault, "");
	assert_int_equal(row.csr.n, 2);
	manifest_row_write(
	    &out, MANIFEST_KEY, row.id, buf_span(&row.csr), row.tre, row.tac);
	assert_string_equal(buf_str(&out), key);
	buf_free(&out);
	manifest_row_free(&row);

	row = read_row_of(MANIFEST_CERTIFICATE,
	    "{\"id\":\"TRE-0001\",\"certificate\":\"MAA=\"}\n");
	assert_string_equal(row.fault, "");
	assert_null(row.line.p);
	manifest_row_free(&row);

	/* of the other kind, of both, of none */
	refused_row(key, "says \"kind\":\"csr\", so a row has no \"key\"");
	refused_row(both, "a row has no \"key\"");
	row = read_row_of(MANIFEST_KEY, ROW);
	assert_non_null(strstr(row.fault, "a row has no \"csr\""));
	manifest_row_free(&row);
	row = read_row_of(MANIFEST_KEY, both);
	assert_non_null(strstr(row.fault, "a row has no \"csr\""));
	manifest_row_free(&row);
	row = read_row_of(MANIFEST_KEY, "{\"id\":\"TRE-0001\"}\n");
	assert_non_null(strstr(row.fault, "\"key\" is missing"));
	manifest_row_free(&row);
}

static void
a_row_written_plainly_needs_no_line(void **state)
{
	struct manifest_row row;
	struct buf out = BUF_EMPTY;
	static const char line[] = "{\"id\":\"TER-0001\",\"csr\":\"MAA=\","
				   "\"tre\":\"TRE-0001\"}\n";

	(void)state;
	row = read_row(line);
	assert_int_equal(row.line.n, 0);
	manifest_row_write(
	    &out, MANIFEST_CSR, row.id, buf_span(&row.csr), row.tre, row.tac);
	assert_string_equal(buf_str(&out), line);
	buf_free(&out);
	manifest_row_free(&row);
}

static void
any_other_writing_keeps_its_line(void **state)
{
	struct manifest_row row;

	(void)state;
	row = read_row(" { \"csr\": \"MAA=\", \"\\u0069d\":\"TRE-0001\" }\r\n");
	assert_string_equal(row.fault, "");
	assert_string_equal(row.id, "TRE-0001");
	assert_int_equal(row.csr.n, 2);
	assert_int_not_equal(row.line.n, 0);
	manifest_row_free(&row);
}

static void
refuses_rows_by_their_form(void **state)
{
	(void)state;
	refused_row("\n", "no JSON");
	refused_row("{\"id\":\"TRE-0001\"\n", "no JSON");
	refused_row("[]\n", "no JSON object");
	refused_row("\"id\"\n", "no JSON");
	refused_row("{}\n", "\"id\" is missing");
	refused_row("{\"id\":\"TRE-0001\"}\n", "\"csr\" is missing");
	refused_row("{\"csr\":\"MAA=\"}\n", "\"id\" is missing");
	refused_row("{\"id\":\"TRE-0001\",\"csr\":\"MAA=\"} x\n", "no JSON");
	refused_row("{\"id\":\"TRE-0001\",\"id\":\"TRE-0001\",\"csr\":"
		    "\"MAA=\"}\n",
	    "duplicate");
	refused_row("{\"id\":\"TRE-0001\",\"csr\":\"MAA=\",\"size\":\"1\"}\n",
	    "\"size\" is not known");
	refused_row("{\"id\":1,\"csr\":\"MAA=\"}\n", "\"id\" must be a string");
	refused_row(
	    "{\"id\":\"TRE-0001\",\"csr\":null}\n", "\"csr\" must be a string");
}

static void
refuses_rows_by_their_values(void **state)
{
	(void)state;
	refused_row("{\"id\":\"tre-0001\",\"csr\":\"MAA=\"}\n", "\"id\" must");
	refused_row("{\"id\":\"TRE\",\"csr\":\"MAA=\"}\n", "\"id\" must");
	refused_row("{\"id\":\"-TRE\",\"csr\":\"MAA=\"}\n", "\"id\" must");
	refused_row("{\"id\":\"A23456789012345678901234567890123\",\"csr\":"
		    "\"MAA=\"}\n",
	    "\"id\" must");
	refused_row("{\"id\":\"TRE-0001\",\"csr\":\"\"}\n", "\"csr\" must");
	refused_row("{\"id\":\"TRE-0001\",\"csr\":\"MAA\"}\n", "\"csr\" must");
	refused_row("{\"id\":\"TRE-0001\",\"csr\":\"MAB=\"}\n", "\"csr\" must");
	refused_row(
	    "{\"id\":\"TRE-0001\",\"csr\":\"MA A=\"}\n", "\"csr\" must");
	refused_row("{\"id\":\"TER-0001\",\"csr\":\"MAA=\",\"tre\":\"x\"}\n",
	    "\"tre\" must");
	refused_row(
	    "{\"id\":\"TER-0001\",\"csr\":\"MAA=\",\"tre\":\"TRE-0001\","
	    "\"tac\":\"3500000\"}\n",
	    "\"tac\" must");
	refused_row(
	    "{\"id\":\"TER-0001\",\"csr\":\"MAA=\",\"tre\":\"TRE-0001\","
	    "\"tac\":\"3500000A\"}\n",
	    "\"tac\" must");
	refused_row(
	    "{\"id\":\"TRE\\u0000-0001\",\"csr\":\"MAA=\"}\n", "no JSON");
}

static void
a_fault_quotes_nothing_that_does_not_print(void **state)
{
	struct manifest_row row;
	const char *p;

	(void)state;
	row = read_row("{\"\xc3\xa4\\u001b\":\"x\"}\n");
	assert_int_not_equal(row.fault[0], '\0');
	for (p = row.fault; *p != '\0'; p++)
		assert_true(*p >= ' ' && *p <= '~');
	manifest_row_free(&row);
	row = read_row("{\"\xff\":\"x\"}\n");
	assert_int_not_equal(row.fault[0], '\0');
	manifest_row_free(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_brings_what_the_header_promised),
		cmocka_unit_test(a_row_written_plainly_needs_no_line),
		cmocka_unit_test(any_other_writing_keeps_its_line),
		cmocka_unit_test(refuses_rows_by_their_form),
		cmocka_unit_test(refuses_rows_by_their_values),
		cmocka_unit_test(a_fault_quotes_nothing_that_does_not_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
