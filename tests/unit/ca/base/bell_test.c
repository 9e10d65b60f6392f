/*
 * Bells: who listens hears all of it, whoever rings nobody learns so.
 */

#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

#include "base/bell.h"
#include "base/err.h"
#include "base/io.h"
#include "tests/unit/folder.h"

static void
who_listens_hears_what_was_rung_in_its_order(void **state)
{
	struct buf heard = BUF_EMPTY;
	struct bell b;
	int fd;

	(void)state;
	bell_name(&b, in_folder("bell"));
	assert_false(bell_listens(&b));
	assert_false(bell_ring(&b, span_str("nobody")));
	fd = bell_open(in_folder("bell"));
	assert_int_not_equal(fd, -1);
	assert_false(bell_hear(fd, &heard));
	assert_true(bell_ring(&b, span_str("one ")));
	assert_true(bell_ring(&b, span_str("two")));
	assert_true(bell_hear(fd, &heard));
	assert_string_equal(buf_str(&heard), "one two");
	assert_false(bell_hear(fd, &heard));
	assert_int_equal(close(fd), 0);
	assert_false(bell_ring(&b, span_str("gone")));
	fd = bell_open(in_folder("bell"));
	assert_true(bell_ring(&b, span_str("again")));
	assert_int_equal(close(fd), 0);
	bell_close(&b);
	buf_free(&heard);
}

static void
nobody_waits_for_one_who_does_not_listen(void **state)
{
	static const char most[BELL_MOST] = "x";
	struct buf heard = BUF_EMPTY;
	struct bell b;
	int fd = bell_open(in_folder("full")), i, room;

	(void)state;
	bell_name(&b, in_folder("full"));
	for (i = 0; i < 1000; i++)
		assert_true(bell_ring(&b, span_of(most, sizeof(most))));
	assert_true(bell_hear(fd, &heard));
	/* a page only for who has a thousand other pipes (pipe(7)) */
	room = fcntl(fd, F_GETPIPE_SZ);
	assert_true(room > 0 && heard.n + sizeof(most) > (size_t)room);
	/* what there was no room for is lost as a whole */
	assert_int_equal(heard.n % sizeof(most), 0);
	assert_int_equal(close(fd), 0);
	bell_close(&b);
	buf_free(&heard);
}

/* A certificate that an ML-DSA-65 key signed is longer. */
static void
what_could_be_torn_is_not_rung(void **state)
{
	static const char more[BELL_MOST + 1] = "x";
	struct buf heard = BUF_EMPTY;
	struct bell b;
	int fd = bell_open(in_folder("torn"));

	(void)state;
	bell_name(&b, in_folder("torn"));
	assert_false(bell_ring(&b, span_of(more, sizeof(more))));
	assert_false(bell_hear(fd, &heard));
	assert_true(bell_ring(&b, span_of(more, BELL_MOST)));
	assert_true(bell_hear(fd, &heard));
	assert_int_equal(heard.n, BELL_MOST);
	assert_int_equal(close(fd), 0);
	bell_close(&b);
	buf_free(&heard);
}

static void
only_a_pipe_is_rung_or_listened_at(void **state)
{
	struct buf kept = BUF_EMPTY;
	struct bell b;

	(void)state;
	assert_int_equal(
	    io_write_file(in_folder("file"), 0600, span_str("kept")), 0);
	bell_name(&b, in_folder("file"));
	assert_false(bell_ring(&b, span_str("!")));
	assert_int_equal(bell_open(in_folder("file")), -1);
	assert_int_equal(io_read_file(in_folder("file"), 9, &kept), 0);
	assert_string_equal(buf_str(&kept), "kept");
	assert_int_equal(symlink("file", in_folder("link")), 0);
	bell_name(&b, in_folder("link"));
	assert_false(bell_ring(&b, span_str("!")));
	assert_int_equal(bell_open(in_folder("link")), -1);
	buf_free(&kept);
}

/* It would be listened to for ever, and all of it kept. */
static void
who_rings_without_end_is_not_listened_to_without_end(void **state)
{
	static char most[1024 * 1024] = "x";
	struct iovec all = { most, sizeof(most) };
	int fd = bell_open(in_folder("flood")), out;
	size_t total = 0;
	pid_t child[2];
	size_t c;

	(void)state;
	out = open(in_folder("flood"), O_WRONLY | O_CLOEXEC);
	assert_int_not_equal(out, -1);
	for (c = 0; c < sizeof(child) / sizeof(child[0]); c++)
		if ((child[c] = fork()) == 0) {
			/* without a copy: faster than who reads */
			while (vmsplice(out, &all, 1, 0) > 0)
				;
			_exit(0);
		}
	(void)alarm(20);
	while (total < 512u * 1024 * 1024) {
		struct buf heard = BUF_EMPTY;

		(void)bell_hear(fd, &heard);
		assert_true(heard.n <= 1024 * 1024 + 65536);
		total += heard.n;
		buf_free(&heard);
	}
	(void)alarm(0);
	for (c = 0; c < sizeof(child) / sizeof(child[0]); c++) {
		assert_int_equal(kill(child[c], SIGKILL), 0);
		assert_int_equal(waitpid(child[c], NULL, 0), child[c]);
	}
	assert_int_equal(close(out), 0);
	assert_int_equal(close(fd), 0);
}

static int
begin(void **state)
{
	(void)signal(SIGPIPE, SIG_IGN);
	return make_folder(state);
}

static void
who_may_ring_is_said_by_a_folder_that_gives_its_group(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdir(in_folder("line"), 0750), 0);
	assert_int_equal(chmod(in_folder("line"), 02750), 0);
	fd = bell_open(in_folder("line/bell"));
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0620);
	assert_int_equal(close(fd), 0);
	fd = bell_open(in_folder("own"));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_may_ring_is_said_by_a_folder_that_gives_its_group),
		cmocka_unit_test(who_listens_hears_what_was_rung_in_its_order),
		cmocka_unit_test(nobody_waits_for_one_who_does_not_listen),
		cmocka_unit_test(what_could_be_torn_is_not_rung),
		cmocka_unit_test(only_a_pipe_is_rung_or_listened_at),
		cmocka_unit_test(
		    who_rings_without_end_is_not_listened_to_without_end),
	};

	return cmocka_run_group_tests(tests, begin, remove_folder);
}
