/*
 * The manifest reader: what it takes, and each thing that it refuses.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../test.h"

#include "base/enc.h"
#include "base/err.h"
#include "issue/manifest.h"

#define HEAD "{\"header\":\"a.b.c\"}\n"
#define ROW  "{\"id\":\"TRE-0001\",\"csr\":\"MAA=\"}\n"
/* printf of the two rows below, to sha256sum */
#define ROWS_SHA256                                                            \
	"0ea3911549bfbd3726d186a37ca9084dcc5180dd2954b79db7b1ba42a8731133"

/* A manifest of these octets, with its header read. */
static struct manifest *
open_octets(struct span s, FILE **f)
{
	*f = tmpfile();
	assert_non_null(*f);
	assert_int_equal(fwrite(s.p, 1, s.n, *f), s.n);
	assert_int_equal(fflush(*f), 0);
	assert_int_equal(lseek(fileno(*f), 0, SEEK_SET), 0);
	return manifest_open(fileno(*f));
}

static struct manifest *
open_text(const char *text, FILE **f)
{
	return open_octets(span_str(text), f);
}

/* The one row behind a good header, as the reader sees it. */
static struct manifest_row
read_row_of(enum manifest_kind kind, const char *line)
{
	struct manifest_row row = { 0 };
	struct buf text = BUF_EMPTY, jws = BUF_EMPTY;
	struct manifest *m;
	FILE *f;

	buf_puts(&text, HEAD);
	buf_puts(&text, line);
	m = open_octets(buf_span(&text), &f);
	assert_int_equal(manifest_header(m, &jws), 0);
	manifest_expect(m, kind);
	assert_int_equal(manifest_next(m, &row), 1);
	row.line = span_of(NULL, row.line.n);
	manifest_free(m);
	fclose(f);
	buf_free(&text);
	buf_free(&jws);
	return row;
}

static struct manifest_row
read_row(const char *line)
{
	return read_row_of(MANIFEST_CSR, line);
}

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

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void
reads_what_the_header_says(void **state)
{
	struct manifest_header h, again;
	struct buf out = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    manifest_header_parse(
		span_str(
		    "{\"model\":\"m-1\",\"site\":\"s-1\",\"count\":3,"
		    "\"kind\":\"csr\",\"rows_sha256\":\"" SHA "\","
		    "\"reference\":\"PO 7 \\\"x\\\"\",\"iat\":1700000000}"),
		&h),
	    0);
	assert_string_equal(h.model, "m-1");
	assert_string_equal(h.site, "s-1");
	assert_int_equal(h.count, 3);
	assert_string_equal(h.reference, "PO 7 \"x\"");
	assert_int_equal(h.rows_sha256[0], 0x9f);
	assert_int_equal(h.iat, 1700000000);
	manifest_header_write(&out, &h);
	assert_int_equal(manifest_header_parse(buf_span(&out), &again), 0);
	assert_memory_equal(&h, &again, sizeof(h));
	h.kind = MANIFEST_CERTIFICATE;
	strcpy(h.ca, "DCA-2026-000001");
	buf_clear(&out);
	manifest_header_write(&out, &h);
	assert_int_equal(manifest_header_parse(buf_span(&out), &again), 0);
	assert_memory_equal(&h, &again, sizeof(h));
	buf_free(&out);
}

static void
refused_header(const char *name, const char *value, const char *why)
{
	static const char *const good[][2] = { { "model", "\"m-1\"" },
		{ "site", "\"s-1\"" }, { "count", "3" }, { "kind", "\"csr\"" },
		{ "rows_sha256", "\"" SHA "\"" }, { "reference", "\"\"" },
		{ "iat", "1700000000" } };
	struct manifest_header h;
	struct buf text = BUF_EMPTY;
	bool known = false;
	size_t i;

	buf_puts(&text, "{\"x\":0");
	text.n = 1;
	for (i = 0; i < 7; i++) {
		if (strcmp(good[i][0], name) == 0) {
			known = true;
			if (value == NULL)
				continue;
		}
		buf_printf(&text, "%s\"%s\":%s", text.n > 1 ? "," : "",
		    good[i][0],
		    strcmp(good[i][0], name) == 0 ? value : good[i][1]);
	}
	if (!known)
		buf_printf(&text, ",\"%s\":%s", name, value);
	buf_puts(&text, "}");
	assert_int_equal(manifest_header_parse(buf_span(&text), &h), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "MANIFEST_HEADER");
	if (strstr(err_text(), name) == NULL || strstr(err_text(), why) == NULL)
		fail_msg("%s: %s", name, err_text());
	buf_free(&text);
}

static void
refuses_headers_and_names_the_member(void **state)
{
	static const char *const names[] = { "model", "site", "count", "kind",
		"rows_sha256", "reference", "iat" };
	struct manifest_header h;
	size_t i;

	(void)state;
	for (i = 0; i < 7; i++)
		refused_header(names[i], NULL, "is missing");
	refused_header("extra", "1", "not known");
	refused_header("model", "1", "must be a string");
	refused_header("model", "\"a23456789a123456789a123456789a123456789ab\"",
	    "too long");
	refused_header("reference", "\"a\\u000a\"", "control character");
	refused_header("count", "0", "out of range");
	refused_header("count", "10000001", "out of range");
	refused_header("count", "1.5", "whole number");
	refused_header("count", "\"3\"", "whole number");
	refused_header("kind", "\"open\"", "must be \"csr\", \"key\" or");
	refused_header("kind", "7", "must be \"csr\", \"key\" or");
	refused_header("kind", "\"certificate\"", "\"ca\" belongs to kind");
	refused_header("ca", "\"DCA-2026-000001\"", "belongs to kind");
	refused_header("ca", "7", "must be a string");
	refused_header("rows_sha256", "\"9f\"", "SHA-256");
	refused_header("rows_sha256", "7", "SHA-256");
	refused_header("iat", "-1", "out of range");
	assert_int_equal(manifest_header_parse(span_str("[]"), &h), -1);
	assert_int_equal(manifest_header_parse(span_str("{"), &h), -1);
	assert_int_equal(
	    manifest_header_parse(span_str("{\"count\":1,\"count\":2}"), &h),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_header_rows_and_digest),
		cmocka_unit_test(a_row_brings_what_the_header_promised),
		cmocka_unit_test(a_row_written_plainly_needs_no_line),
		cmocka_unit_test(any_other_writing_keeps_its_line),
		cmocka_unit_test(refuses_rows_by_their_form),
		cmocka_unit_test(refuses_rows_by_their_values),
		cmocka_unit_test(refuses_subscriber_data_as_a_whole),
		cmocka_unit_test(a_fault_quotes_nothing_that_does_not_print),
		cmocka_unit_test(one_bad_row_leaves_the_next_alone),
		cmocka_unit_test(refuses_a_manifest_without_its_header),
		cmocka_unit_test(refuses_a_manifest_that_was_cut_off),
		cmocka_unit_test(refuses_a_line_that_is_too_long),
		cmocka_unit_test(takes_a_line_that_is_just_short_enough),
		cmocka_unit_test(reads_many_rows),
		cmocka_unit_test(reads_what_the_header_says),
		cmocka_unit_test(refuses_headers_and_names_the_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
