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

/* A question about a TrE and a terminal of that number, of good paths. */
static void
a_question(struct question *q, unsigned n)
{
	static struct buf der = { .n = 1 };

	memset(q, 0, sizeof(*q));
	q->facts.mode = MODE_TRE_AND_PLATFORM;
	q->r.tre.n = q->r.platform.n = 1;
	q->r.tre.der[0] = q->r.platform.der[0] = der;
	q->tre.spki_sha256[0] = q->platform.spki_sha256[0] = (uint8_t)n;
	q->tre.spki_sha256[1] = 1;
	q->record.tre.device = 2 * n + 1;
	q->record.platform.device = 2 * n + 2;
}

/* What a second item has of the first one, and nothing else. */
static void
same_tre(struct question *q)
{
	q->record.tre.device = 1;
}

static void
same_tre_key(struct question *q)
{
	q->tre.spki_sha256[0] = 0;
}

static void
same_terminal(struct question *q)
{
	q->record.platform.device = 2;
}

static void
same_terminal_key(struct question *q)
{
	q->platform.spki_sha256[0] = 0;
}

static void
same_imei(struct question *q)
{
	q->r.imei = "351234560000010";
}

static void
same_consent(struct question *q)
{
	q->record.consent.id = q->consent.id = "c-1";
	q->consent.issuer = "fernfunk";
}

static void
nothing_the_same(struct question *q)
{
	(void)q;
}

static void
a_device_a_key_an_imei_or_a_consent_is_in_one_item(void **state)
{
	static const struct {
		void (*share)(struct question *);
		bool twice;
	} table[] = { { same_tre, true }, { same_tre_key, true },
		{ same_terminal, true }, { same_terminal_key, true },
		{ same_imei, true }, { same_consent, true },
		{ nothing_the_same, false } };
	struct batch_twice *t;
	struct question q;
	bool items[3];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		t = batch_twice_new();
		memset(items, 0, sizeof(items));
		a_question(&q, 0);
		same_imei(&q);
		same_consent(&q);
		batch_twice_question(t, &q, 0);
		a_question(&q, 1);
		batch_twice_question(t, &q, 1);
		a_question(&q, 2);
		table[i].share(&q);
		batch_twice_question(t, &q, 2);
		batch_twice_mark(t, items);
		assert_int_equal(items[0], table[i].twice);
		assert_false(items[1]);
		assert_int_equal(items[2], table[i].twice);
		batch_twice_free(t);
	}
}

/* The edge: 100,000 items behind the first line. */
static void
takes_as_many_lines_as_there_may_be(void **state)
{
	uint8_t digest[HASH_SIZE];
	struct buf b = BUF_EMPTY;
	int fd, lines;

	(void)state;
	memset(buf_reserve(&b, 100001), '\n', 100001);
	b.n = 100001;
	fd = file_of(b.p, b.n);
	assert_int_equal(batch_file_scan(fd, digest, &lines), 0);
	assert_int_equal(lines, 100001);
	(void)close(fd);
	buf_free(&b);
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
		cmocka_unit_test(
		    a_device_a_key_an_imei_or_a_consent_is_in_one_item),
		cmocka_unit_test(takes_as_many_lines_as_there_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
