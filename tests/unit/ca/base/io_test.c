/*
 * Whole files: written as a whole, made once, bounded when read.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "base/io.h"
#include "tests/unit/folder.h"

static void
writes_with_the_mode_asked_for_and_replaces(void **state)
{
	struct buf b = BUF_EMPTY;
	struct stat st;
	char *path = in_folder("key");

	(void)state;
	assert_int_equal(io_write_file(path, 0600, span_str("old")), 0);
	assert_int_equal(io_write_file(path, 0600, span_str("new")), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(io_read_file(path, 3, &b), 0);
	assert_string_equal(buf_str(&b), "new");
	buf_free(&b);
}

static void
refuses_to_create_what_exists(void **state)
{
	char *path = in_folder("once");

	(void)state;
	assert_int_equal(io_create_file(path, 0600, span_str("a")), 0);
	assert_int_equal(io_create_file(path, 0600, span_str("b")), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
}

static void
refuses_a_file_longer_than_it_may_be(void **state)
{
	struct buf b = BUF_EMPTY;
	char *path = in_folder("long");

	(void)state;
	assert_int_equal(io_write_file(path, 0600, span_str("12345")), 0);
	assert_int_equal(io_read_file(path, 4, &b), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_int_equal(b.n, 0);
	assert_int_equal(io_read_file(in_folder("none"), 4, &b), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	buf_free(&b);
}

/* Whose folder it is may have laid anything there. */
static void
reads_of_another_only_a_file(void **state)
{
	struct buf b = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    io_write_file(in_folder("theirs"), 0600, span_str("it")), 0);
	assert_int_equal(io_read_theirs(in_folder("theirs"), 9, &b), 0);
	assert_string_equal(buf_str(&b), "it");
	assert_int_equal(io_read_theirs(in_folder("theirs"), 1, &b), -1);
	assert_int_equal(symlink("theirs", in_folder("to")), 0);
	assert_int_equal(io_read_theirs(in_folder("to"), 9, &b), -1);
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	(void)alarm(20);
	assert_int_equal(io_read_theirs(in_folder("pipe"), 9, &b), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	(void)alarm(0);
	assert_int_equal(io_read_theirs(in_folder("none"), 9, &b), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_string_equal(buf_str(&b), "it");
	buf_free(&b);
}

static void
gives_a_file_another_name(void **state)
{
	struct buf b = BUF_EMPTY;
	char *from = in_folder("from"), *to = in_folder("to");

	(void)state;
	assert_int_equal(io_write_file(from, 0600, span_str("it")), 0);
	assert_int_equal(io_write_file(to, 0600, span_str("before")), 0);
	assert_int_equal(io_rename(from, to), 0);
	assert_int_equal(io_read_file(to, 9, &b), 0);
	assert_string_equal(buf_str(&b), "it");
	assert_int_equal(io_rename(from, to), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	buf_free(&b);
}

static void
makes_folders_all_the_way_and_again(void **state)
{
	(void)state;
	assert_int_equal(io_make_folder(in_folder("a/b/c"), 0700), 0);
	assert_int_equal(io_make_folder(in_folder("a/b/c"), 0700), 0);
}

static void
says_that_there_is_no_room(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(io_write_all(fd, span_str("more")), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_string_equal(err_code(), "STORAGE_FULL");
	(void)close(fd);
}

static int
add_name(const char *name, void *ctx)
{
	buf_puts(ctx, name);
	buf_puts(ctx, " ");
	return name[0] == 's' ? 5 : 0;
}

static void
finds_the_names_that_are_like_a_pattern(void **state)
{
	static const char *const names[] = { "odd[1]*/b.x", "odd[1]*/a.x",
		"odd[1]*/.x", "odd[1]*/c.y", "odd[1]*/stop", "odd[1]*/tail" };
	struct buf b = BUF_EMPTY;
	char *odd = in_folder("odd[1]*");
	size_t i;

	(void)state;
	assert_int_equal(io_each(odd, "*.x", add_name, &b), 0);
	assert_int_equal(b.n, 0);
	assert_int_equal(io_make_folder(odd, 0700), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(
		    io_write_file(in_folder(names[i]), 0600, span_str("")), 0);
	odd = in_folder("odd[1]*");
	assert_int_equal(io_each(odd, "*.x", add_name, &b), 0);
	assert_string_equal(buf_str(&b), "a.x b.x ");
	buf_clear(&b);
	assert_int_equal(io_each(odd, "[st]*", add_name, &b), 5);
	assert_string_equal(buf_str(&b), "stop ");
	buf_free(&b);
	/* nobody takes one that cannot be read for one that has nothing */
	odd = in_folder("loop");
	assert_int_equal(symlink("loop", odd), 0);
	assert_int_equal(io_each(odd, "*", add_name, &b), -1);
	assert_non_null(strstr(err_text(), odd));
	assert_int_equal(unlink(odd), 0);
	odd = in_folder("a file");
	assert_int_equal(io_write_file(odd, 0600, span_str("")), 0);
	assert_int_equal(io_each(odd, "*", add_name, &b), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_with_the_mode_asked_for_and_replaces),
		cmocka_unit_test(refuses_to_create_what_exists),
		cmocka_unit_test(refuses_a_file_longer_than_it_may_be),
		cmocka_unit_test(reads_of_another_only_a_file),
		cmocka_unit_test(gives_a_file_another_name),
		cmocka_unit_test(makes_folders_all_the_way_and_again),
		cmocka_unit_test(says_that_there_is_no_room),
		cmocka_unit_test(finds_the_names_that_are_like_a_pattern),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
