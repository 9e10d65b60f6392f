/*
 * A batch before it is judged: its lines, and what is in it twice.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "api/batch_file.h"
#include "api/batch_twice.h"
#include "api/decision_request.h"
#include "base/err.h"
#include "base/io.h"

static int
file_of(const void *octets, size_t n)
{
	FILE *f = tmpfile();
	int fd;

	assert_non_null(f);
	fd = dup(fileno(f));
	(void)fclose(f);
	assert_int_not_equal(fd, -1);
	assert_int_equal(io_write_all(fd, span_of(octets, n)), 0);
	return fd;
}

static void
lines_are(const char *octets, const char *joined)
{
	struct buf got = BUF_EMPTY;
	struct batch_file *f;
	struct span line;
	int fd = file_of(octets, strlen(octets)), rc;

	f = batch_file_open(fd);
	while ((rc = batch_file_line(f, &line)) == 1) {
		buf_put_span(&got, line);
		buf_putc(&got, '|');
	}
	assert_int_equal(rc, 0);
	assert_string_equal(buf_str(&got), joined);
	batch_file_free(f);
	buf_free(&got);
	(void)close(fd);
}

static void
reads_lines_with_and_without_a_last_newline(void **state)
{
	(void)state;
	lines_are("", "");
	lines_are("a", "a|");
	lines_are("a\n", "a|");
	lines_are("a\n\nbc", "a||bc|");
	lines_are("\n", "|");
}

/* Across the edges of what is read at once. */
static void
reads_lines_of_every_length_up_to_the_longest(void **state)
{
	static const size_t lengths[] = { 1, 65534, 65535, 65536, 65537, 98303,
		BATCH_LINE_MAX };
	struct batch_file *f;
	struct buf b = BUF_EMPTY;
	struct span line;
	size_t i, n = sizeof(lengths) / sizeof(lengths[0]);
	int fd;

	(void)state;
	for (i = 0; i < n; i++) {
		memset(buf_reserve(&b, lengths[i]), 'x', lengths[i]);
		b.n += lengths[i];
		buf_putc(&b, '\n');
	}
	fd = file_of(b.p, b.n);
	f = batch_file_open(fd);
	for (i = 0; i < n; i++) {
		assert_int_equal(batch_file_line(f, &line), 1);
		assert_int_equal(line.n, lengths[i]);
	}
	assert_int_equal(batch_file_line(f, &line), 0);
	batch_file_free(f);
	(void)close(fd);
	buf_free(&b);
}

static void
scan_refuses(size_t n, char fill, const char *code)
{
	uint8_t digest[HASH_SIZE];
	struct buf b = BUF_EMPTY;
	int fd, lines;

	memset(buf_reserve(&b, n), fill, n);
	b.n = n;
	fd = file_of(b.p, b.n);
	assert_int_equal(batch_file_scan(fd, digest, &lines), -1);
	assert_string_equal(err_code(), code);
	(void)close(fd);
	buf_free(&b);
}

static void
refuses_a_line_that_is_too_long_and_lines_that_are_too_many(void **state)
{
	(void)state;
	scan_refuses(BATCH_LINE_MAX + 1, 'x', "BATCH_MALFORMED");
	scan_refuses(1 << 20, 'x', "BATCH_MALFORMED");
	scan_refuses(DECISION_BATCH_MAX + 2, '\n', "BATCH_TOO_LARGE");
}

static void
refuses_a_first_line_that_lacks_something(void **state)
{
	static const char *const bad[] = { "", "[]", "{}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\"}",
		"{\"batch\":\"0B6A2A1E-7F0C-4A53-9D5E-6F1F5A1F0C11\","
		"\"items\":1,\"purpose\":\"precheck\"}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
		"\"items\":0,\"purpose\":\"precheck\"}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
		"\"items\":100001,\"purpose\":\"precheck\"}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
		"\"items\":1,\"purpose\":\"reprovision\"}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
		"\"items\":1,\"purpose\":\"precheck\",\"request_id\":\"x\"}",
		"{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
		"\"items\":1,\"items\":1,\"purpose\":\"precheck\"}" };
	struct decision_head h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(decision_head_parse(span_str(bad[i]), &h), -1);
		assert_string_equal(err_code(), "BATCH_MALFORMED");
		decision_head_free(&h);
	}
}

/* What the first line says, no item says again. */
static void
an_item_may_not_say_what_the_first_line_says(void **state)
{
	static const char head[] =
	    "{\"batch\":\"0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11\","
	    "\"items\":1,\"purpose\":\"precheck\",\"max_status_age\":9}";
	static const char *const bad[] = { "{\"purpose\":\"precheck\"}",
		"{\"challenge\":\"AAAA\"}", "{\"mode\":\"platform_only\"}",
		"{\"request_id\":\"x\"}", "{\"max_status_age\":1}" };
	struct decision_request r;
	struct decision_head h;
	size_t i;

	(void)state;
	assert_int_equal(decision_head_parse(span_str(head), &h), 0);
	assert_int_equal(
	    decision_item_parse(span_str("{}"), &h, span_of("", 0), &r), 0);
	assert_int_equal(r.purpose, PURPOSE_PRECHECK);
	assert_int_equal(r.max_status_age, 9);
	decision_request_free(&r);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(decision_item_parse(
				     span_str(bad[i]), &h, span_of("", 0), &r),
		    -1);
		assert_string_equal(err_code(), "REQUEST_MALFORMED");
		decision_request_free(&r);
	}
	decision_head_free(&h);
}

static void
marks_all_that_share_something_and_nobody_else(void **state)
{
	struct batch_twice *t = batch_twice_new();
	bool items[2000] = { false };
	uint32_t i;

	(void)state;
	for (i = 0; i < 2000; i++)
		batch_twice_put(t, 'd', span_of(&i, sizeof(i)), i);
	/* the same value of another kind is another thing */
	i = 7;
	batch_twice_put(t, 'k', span_of(&i, sizeof(i)), 9);
	/* one item may say the same twice */
	batch_twice_put(t, 'i', span_str("351234560000010"), 11);
	batch_twice_put(t, 'i', span_str("351234560000010"), 11);
	/* three of a kind */
	batch_twice_put(t, 'i', span_str("351234560000028"), 3);
	batch_twice_put(t, 'i', span_str("351234560000028"), 1999);
	batch_twice_put(t, 'i', span_str("351234560000028"), 0);
	batch_twice_mark(t, items);
	batch_twice_free(t);
	for (i = 0; i < 2000; i++)
		assert_int_equal(items[i], i == 0 || i == 3 || i == 1999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines_with_and_without_a_last_newline),
		cmocka_unit_test(reads_lines_of_every_length_up_to_the_longest),
		cmocka_unit_test(
		    refuses_a_line_that_is_too_long_and_lines_that_are_too_many),
		cmocka_unit_test(refuses_a_first_line_that_lacks_something),
		cmocka_unit_test(an_item_may_not_say_what_the_first_line_says),
		cmocka_unit_test(
		    marks_all_that_share_something_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
