/*
 * The manifest reader: what it takes, and each thing for which it refuses the
 * whole.
 */

#include "tests/unit/test.h"

#include "base/enc.h"
#include "tests/unit/ca/issue/manifest_text.h"

/* printf of the rows of reads_header_rows_and_digest(), to sha256sum */
#define ROWS_SHA256                                                            \
	"0ea3911549bfbd3726d186a37ca9084dcc5180dd2954b79db7b1ba42a8731133"

static void
refused_whole(const char *text, const char *code, const char *why)
{
	struct manifest_row row = { 0 };
	struct buf jws = BUF_EMPTY;
	struct manifest *m;
	FILE *f;
	int r;

	m = open_text(text, &f);
	r = manifest_header(m, &jws);
	while (r == 0 && (r = manifest_next(m, &row)) == 1)
		r = 0;
	assert_int_equal(r, -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
	assert_non_null(strstr(err_text(), why));
	manifest_row_free(&row);
	manifest_free(m);
	fclose(f);
	buf_free(&jws);
}

static void
reads_header_rows_and_digest(void **state)
{
	static const char rows[] =
	    ROW "{\"id\":\"TER-0001\",\"csr\":\"MAA=\",\"tre\":\"TRE-0001\","
		"\"tac\":\"35000001\"}\n";
	struct manifest_row row = { 0 };
	struct buf text = BUF_EMPTY, jws = BUF_EMPTY, hex = BUF_EMPTY;
	struct manifest *m;
	uint8_t digest[32];
	FILE *f;

	(void)state;
	buf_puts(&text, HEAD);
	buf_puts(&text, rows);
	m = open_octets(buf_span(&text), &f);
	assert_int_equal(manifest_header(m, &jws), 0);
	assert_string_equal(buf_str(&jws), "a.b.c");
	assert_int_equal(manifest_next(m, &row), 1);
	assert_int_equal(row.row, 1);
	assert_string_equal(row.id, "TRE-0001");
	assert_string_equal(row.fault, "");
	assert_int_equal(row.csr.n, 2);
	assert_int_equal(row.line.n, 0);
	assert_int_equal(manifest_next(m, &row), 1);
	assert_int_equal(row.row, 2);
	assert_string_equal(row.tre, "TRE-0001");
	assert_string_equal(row.tac, "35000001");
	assert_int_equal(manifest_digest(m, digest), -1);
	assert_int_equal(manifest_next(m, &row), 0);
	assert_int_equal(manifest_digest(m, digest), 0);
	hex_encode(&hex, span_of(digest, 32));
	assert_string_equal(buf_str(&hex), ROWS_SHA256);
	manifest_row_free(&row);
	manifest_free(m);
	fclose(f);
	buf_free(&text);
	buf_free(&jws);
	buf_free(&hex);
}

/* Rows lie across the reader's 64 KiB steps. */
static void
reads_many_rows(void **state)
{
	struct manifest_row row = { 0 };
	struct buf text = BUF_EMPTY, jws = BUF_EMPTY;
	struct manifest *m;
	int i, n = 0;
	FILE *f;

	(void)state;
	buf_puts(&text, HEAD);
	for (i = 0; i < 10000; i++)
		buf_printf(
		    &text, "{\"id\":\"TRE-%05d\",\"csr\":\"MAA=\"}\n", i);
	m = open_octets(buf_span(&text), &f);
	assert_int_equal(manifest_header(m, &jws), 0);
	while (manifest_next(m, &row) == 1) {
		assert_string_equal(row.fault, "");
		assert_int_equal(atoi(row.id + 4), n++);
	}
	assert_int_equal(n, 10000);
	manifest_row_free(&row);
	manifest_free(m);
	fclose(f);
	buf_free(&text);
	buf_free(&jws);
}

static void
one_bad_row_leaves_the_next_alone(void **state)
{
	struct manifest_row row = { 0 };
	struct buf jws = BUF_EMPTY;
	struct manifest *m;
	FILE *f;

	(void)state;
	m = open_text(HEAD "nonsense\n" ROW, &f);
	assert_int_equal(manifest_header(m, &jws), 0);
	assert_int_equal(manifest_next(m, &row), 1);
	assert_int_not_equal(row.fault[0], '\0');
	assert_int_equal(manifest_next(m, &row), 1);
	assert_string_equal(row.fault, "");
	assert_int_equal(row.row, 2);
	manifest_row_free(&row);
	manifest_free(m);
	fclose(f);
	buf_free(&jws);
}

static void
refuses_a_manifest_without_its_header(void **state)
{
	(void)state;
	refused_whole("", "MANIFEST_MALFORMED", "empty");
	refused_whole(ROW, "MANIFEST_MALFORMED", "line 1");
	refused_whole("{\"header\":1}\n", "MANIFEST_MALFORMED", "line 1");
	refused_whole(
	    "{\"header\":\"a\",\"x\":1}\n", "MANIFEST_MALFORMED", "line 1");
	refused_whole("{\"header\":\"a\",\"header\":\"b\"}\n",
	    "MANIFEST_MALFORMED", "line 1");
	refused_whole("\n", "MANIFEST_MALFORMED", "line 1");
}

static void
refuses_a_manifest_that_was_cut_off(void **state)
{
	(void)state;
	refused_whole("{\"header\":\"a.b.c\"}", "MANIFEST_CUT_OFF", "line 1");
	refused_whole(
	    HEAD ROW "{\"id\":\"TRE-0002\",", "MANIFEST_CUT_OFF", "line 3");
}

static void
refuses_a_line_that_is_too_long(void **state)
{
	struct buf text = BUF_EMPTY;
	size_t i;

	(void)state;
	buf_puts(&text, HEAD ROW);
	for (i = 0; i < MANIFEST_LINE_MAX; i++)
		buf_putc(&text, ' ');
	buf_puts(&text, "\n");
	refused_whole(buf_str(&text), "MANIFEST_LINE_TOO_LONG", "line 3");
	buf_free(&text);
}

static void
takes_a_line_that_is_just_short_enough(void **state)
{
	struct manifest_row row;
	struct buf line = BUF_EMPTY;

	(void)state;
	buf_puts(&line, "{\"id\":\"TRE-0001\",\"csr\":\"MAA=\"");
	while (line.n < MANIFEST_LINE_MAX - 2)
		buf_putc(&line, ' ');
	buf_puts(&line, "}\n");
	row = read_row(buf_str(&line));
	assert_string_equal(row.fault, "");
	manifest_row_free(&row);
	buf_free(&line);
}

/* A faulty row is kept as it came: one with a secret in it must not be. */
static void
refuses_subscriber_data_as_a_whole(void **state)
{
	static const char code[] = "SUBSCRIBER_DATA_REFUSED";
	static const char *const rows[] = {
		"{\"id\":\"TRE-0001\",\"csr\":\"MAA=\",\"imsi\":\"1\"}\n",
		"{\"id\":\"TRE-0001\",\"csr\":\"MAA=\",\"x\":{\"O-Pc\":1}}\n",
		"{\"id\":\"IMSI-262011234567890\",\"csr\":\"MAA=\"}\n",
		"{\"id\":\"TER-0001\",\"csr\":\"MAA=\",\"tre\":"
		"\"ICCID-89490200001234567893\"}\n",
		/* 0c 14 "IMSI 262011234567890", where a request would be */
		"{\"id\":\"TRE-0001\",\"csr\":"
		"\"MBYMFElNU0kgMjYyMDExMjM0NTY3ODkw\"}\n",
		"{ \"id\":\"TRE-0001\",\"csr\":"
		"\"MBYMFElNU0kgMjYyMDExMjM0NTY3ODkw\"}\n",
		"no JSON at all, but Ki=0f1e2d3c4b5a69788796a5b4c3d2e1f0\n",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), HEAD ROW "%s", rows[i]);
		refused_whole(text, code, "line 3 of the manifest");
	}
	refused_whole("{\"header\":\"a.b.c\",\"ki\":1}\n", code, "\"ki\"");
	/* a payload {"reference":"IMSI 262011234567890"} */
	refused_whole("{\"header\":\"e30.eyJyZWZlcmVuY2UiOiJJTVNJIDI2MjAxMTIz"
		      "NDU2Nzg5MCJ9.AAAA\"}\n",
	    code, "line 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_header_rows_and_digest),
		cmocka_unit_test(refuses_subscriber_data_as_a_whole),
		cmocka_unit_test(one_bad_row_leaves_the_next_alone),
		cmocka_unit_test(refuses_a_manifest_without_its_header),
		cmocka_unit_test(refuses_a_manifest_that_was_cut_off),
		cmocka_unit_test(refuses_a_line_that_is_too_long),
		cmocka_unit_test(takes_a_line_that_is_just_short_enough),
		cmocka_unit_test(reads_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
