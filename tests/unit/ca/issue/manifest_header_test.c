/*
 * A manifest's header: what it says, and which member is wrong.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "issue/manifest.h"

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
		cmocka_unit_test(reads_what_the_header_says),
		cmocka_unit_test(refuses_headers_and_names_the_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
