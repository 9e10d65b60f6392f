/*
 * The head that is kept outside the database.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "revoke/seen.h"
#include "tests/unit/folder.h"

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void
write_one(void)
{
	struct seen s;

	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	s.event = 17;
	memset(s.hash, 0xab, sizeof(s.hash));
	s.feed = 3;
	s.kit = 5;
	s.kit_sha256[0] = 0xcd;
	s.notices = 9;
	assert_true(seen_mark(&s, 3, 8192));
	assert_true(seen_mark(&s, 4, 1));
	assert_int_equal(seen_write(&s), 0);
	seen_free(&s);
}

static void
what_was_written_is_read(void **state)
{
	struct buf marks = BUF_EMPTY;
	struct seen s;
	struct stat st;
	char *path = path_of("seen");

	(void)state;
	write_one();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	assert_int_equal(s.event, 17);
	assert_int_equal(s.hash[31], 0xab);
	assert_int_equal(s.feed, 3);
	assert_int_equal(s.kit, 5);
	assert_int_equal(s.kit_sha256[0], 0xcd);
	assert_int_equal(s.notices, 9);
	seen_marks_json(&s, &marks);
	assert_string_equal(buf_str(&marks), "{\"3\":8192,\"4\":1}");
	buf_free(&marks);
	seen_free(&s);
	free(path);
}

static void
a_mark_is_never_lowered(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	assert_true(seen_mark(&s, 3, 10));
	assert_false(seen_mark(&s, 3, 10));
	assert_false(seen_mark(&s, 3, 9));
	assert_int_equal(s.marks[0].next, 10);
	seen_free(&s);
}

/* Each octet altered, each length: nothing of it is believed. */
static void
an_altered_one_counts_as_none(void **state)
{
	struct buf good = BUF_EMPTY, bad = BUF_EMPTY;
	char *path = path_of("seen");
	struct seen s;
	size_t i;

	(void)state;
	write_one();
	assert_int_equal(io_read_file(path, 4096, &good), 0);
	for (i = 0; i < good.n; i++) {
		buf_clear(&bad);
		buf_put_span(&bad, buf_span(&good));
		bad.p[i] ^= 1;
		assert_int_equal(io_write_file(path, 0600, buf_span(&bad)), 0);
		assert_int_equal(seen_open(&s, folder, "authority"), 0);
		assert_int_equal(s.event, 0);
		assert_int_equal(s.nmarks, 0);
		seen_free(&s);
		assert_int_equal(
		    io_write_file(path, 0600, span_of(good.p, i)), 0);
		assert_int_equal(seen_open(&s, folder, "authority"), 0);
		assert_int_equal(s.event, 0);
		seen_free(&s);
	}
	buf_free(&good);
	buf_free(&bad);
	free(path);
}

/* Without a key nothing would start again. */
static void
an_empty_key_is_made_anew(void **state)
{
	char *key = path_of("seen.key");
	struct buf b = BUF_EMPTY;
	struct seen s;

	(void)state;
	write_one();
	assert_int_equal(io_write_file(key, 0600, span_of("", 0)), 0);
	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	assert_int_equal(s.event, 0);
	seen_free(&s);
	assert_int_equal(io_read_file(key, HASH_SIZE, &b), 0);
	assert_int_equal(b.n, HASH_SIZE);
	buf_free(&b);
	free(key);
}

static void
one_of_another_key_counts_as_none(void **state)
{
	char *key = path_of("seen.key");
	struct seen s;

	(void)state;
	write_one();
	assert_int_equal(unlink(key), 0);
	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	assert_int_equal(s.event, 0);
	seen_free(&s);
	free(key);
}

static void
a_follower_keeps_its_name(void **state)
{
	struct seen s;
	char name[SEEN_NAME];

	(void)state;
	assert_int_equal(seen_open(&s, folder, NULL), 0);
	assert_int_equal(strncmp(s.name, "follower-", 9), 0);
	assert_int_equal(strlen(s.name), 9 + 16);
	(void)snprintf(name, sizeof(name), "%s", s.name);
	s.event = 1;
	assert_int_equal(seen_write(&s), 0);
	seen_free(&s);
	assert_int_equal(seen_open(&s, folder, NULL), 0);
	assert_string_equal(s.name, name);
	assert_int_equal(s.event, 1);
	seen_free(&s);
}

/* Else nobody would write it until the next thing happens. */
static void
what_could_not_be_written_is_known(void **state)
{
	struct seen s;
	char *path, *gone = path_of("gone/seen");

	(void)state;
	assert_int_equal(seen_open(&s, folder, "authority"), 0);
	path = s.path;
	s.path = gone;
	assert_int_equal(seen_write(&s), -1);
	assert_true(s.unwritten);
	s.path = path;
	assert_int_equal(seen_write(&s), 0);
	assert_false(s.unwritten);
	seen_free(&s);
	free(gone);
}

static void
keeps_the_number_of_what_is_about_to_be_shown(void **state)
{
	static const char feed[] = "a feed", kit[] = "a kit";
	uint8_t hash[HASH_SIZE];
	struct seen s;

	(void)state;
	assert_int_equal(seen_open(&s, folder, NULL), 0);
	assert_int_equal(
	    seen_publication(&s, "public/feed/10.jws", span_str(feed)), 0);
	assert_int_equal(
	    seen_publication(&s, "public/kit/7.delta", span_str(kit)), 0);
	/* none of these is a later number */
	assert_int_equal(
	    seen_publication(&s, "public/feed/9.jws", span_str("x")), 0);
	assert_int_equal(
	    seen_publication(&s, "public/feed/latest.jws", span_str("x")), 0);
	assert_int_equal(
	    seen_publication(&s, "public/kit/8.full", span_str("x")), 0);
	assert_int_equal(
	    seen_publication(&s, "public/crl/11.crl", span_str("x")), 0);
	seen_free(&s);

	assert_int_equal(seen_open(&s, folder, NULL), 0);
	hash_sha256(span_str(feed), hash);
	assert_int_equal(s.feed, 10);
	assert_memory_equal(s.feed_sha256, hash, HASH_SIZE);
	hash_sha256(span_str(kit), hash);
	assert_int_equal(s.kit, 7);
	assert_memory_equal(s.kit_sha256, hash, HASH_SIZE);
	seen_free(&s);
}

static void
nothing_is_shown_whose_number_cannot_be_kept(void **state)
{
	struct seen s;
	char *path = path_of("gone/away");

	(void)state;
	assert_int_equal(seen_open(&s, folder, NULL), 0);
	free(s.path);
	s.path = path;
	assert_int_equal(
	    seen_publication(&s, "public/feed/1.jws", span_str("x")), -1);
	/* nor the second time, when its number is known */
	assert_int_equal(
	    seen_publication(&s, "public/feed/1.jws", span_str("x")), -1);
	assert_true(s.unwritten);
	seen_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_was_written_is_read, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_mark_is_never_lowered, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    an_altered_one_counts_as_none, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    an_empty_key_is_made_anew, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    one_of_another_key_counts_as_none, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    a_follower_keeps_its_name, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
		    keeps_the_number_of_what_is_about_to_be_shown, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    nothing_is_shown_whose_number_cannot_be_kept, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(
		    what_could_not_be_written_is_known, make_folder,
		    remove_folder),
	};

	log_open("seen_test", LOG_ALARM + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
