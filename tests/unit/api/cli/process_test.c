/*
 * Children: their log, their end, and when they are started again.
 */

#include "../../test.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/process.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"

static char folder[] = "/tmp/assay-process-XXXXXX";

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
teardown(void **state)
{
	char *path = xasprintf("%s/child.log", folder);

	(void)state;
	(void)unlink(path);
	free(path);
	return rmdir(folder);
}

static struct process
shell(const char *script)
{
	struct process p = { .name = "child",
		.program = "/bin/sh",
		.stop_signal = SIGTERM,
		.orphan_signal = SIGKILL,
		.patience_ms = 300 };

	process_arg(&p, "sh");
	process_arg(&p, "-c");
	process_arg(&p, "%s", script);
	return p;
}

static void
runs_to_the_end_and_keeps_what_was_written(void **state)
{
	struct process p = shell("echo said $WORD; echo it >&2; exit 3");
	char *path = xasprintf("%s/child.log", folder);
	struct buf b = BUF_EMPTY;

	(void)state;
	process_env(&p, "WORD=%s", "so");
	assert_int_equal(process_run(&p, folder, 5000), 3);
	assert_int_equal(io_read_file(path, 100, &b), 0);
	assert_string_equal(buf_str(&b), "said so\nit\n");
	buf_free(&b);
	free(path);
	process_free(&p);
}

static void
tells_what_was_written_last_or_what_was_fatal(void **state)
{
	struct process p = shell("echo one; echo two"),
		       q = shell("echo 'FATAL:  no room'; echo shut down");

	(void)state;
	assert_int_equal(process_run(&p, folder, 5000), 0);
	assert_int_equal(process_failed(&p, folder, "did not"), -1);
	assert_non_null(strstr(err_text(), "child did not: two (/tmp"));
	assert_int_equal(process_run(&q, folder, 5000), 0);
	assert_int_equal(process_failed(&q, folder, "did not"), -1);
	assert_non_null(strstr(err_text(), "did not: FATAL:  no room ("));
	process_free(&p);
	process_free(&q);
}

static void
hears_signals_that_we_ignore(void **state)
{
	struct process p = shell("kill -INT $$; exit 0");
	void (*before)(int) = signal(SIGINT, SIG_IGN);

	(void)state;
	assert_int_equal(process_run(&p, folder, 5000), -1);
	assert_non_null(strstr(err_text(), "killed by signal 2"));
	(void)signal(SIGINT, before);
	process_free(&p);
}

static void
tells_what_could_not_be_run(void **state)
{
	struct process p = shell("");

	(void)state;
	(void)snprintf(p.program, sizeof(p.program), "/nonexistent");
	assert_int_equal(process_run(&p, folder, 5000), 127);
	process_free(&p);
}

static void
kills_what_takes_too_long(void **state)
{
	struct process p = shell("sleep 60");

	(void)state;
	assert_int_equal(process_run(&p, folder, 100), -1);
	assert_non_null(strstr(err_text(), "took longer"));
	process_free(&p);
}

static void
stops_and_kills_what_will_not_stop(void **state)
{
	struct process p =
	    shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done");
	char *path = xasprintf("%s/child.log", folder);
	int64_t began, until = clock_ms() + 20000;
	struct stat st;
	pid_t pid;

	(void)state;
	(void)unlink(path);
	assert_int_equal(process_start(&p, folder), 0);
	pid = p.pid;
	while ((stat(path, &st) == -1 || st.st_size == 0) && clock_ms() < until)
		(void)usleep(10000);
	free(path);
	began = clock_ms();
	process_stop(&p);
	assert_true(clock_ms() - began >= 250);
	assert_int_equal(p.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	process_free(&p);
}

static void
waits_longer_each_time_that_one_ends_soon(void **state)
{
	static const int64_t waits[] = { 0, 200, 400, 800, 1000, 1000, 1000 };
	struct process p = shell("");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		p.pid = 0x7fffffff; /* nobody's */
		p.started = 1000;
		assert_ptr_equal(process_ended(&p, 1, p.pid, 2000), &p);
		assert_int_equal(p.due - 2000, waits[i]);
	}
	p.pid = 0x7fffffff;
	process_ended(&p, 1, p.pid, 12000); /* ran for 11 s */
	assert_int_equal(p.due, 12000);
	assert_null(process_ended(&p, 1, 1234567, 0));
	process_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_to_the_end_and_keeps_what_was_written),
		cmocka_unit_test(tells_what_was_written_last_or_what_was_fatal),
		cmocka_unit_test(hears_signals_that_we_ignore),
		cmocka_unit_test(tells_what_could_not_be_run),
		cmocka_unit_test(kills_what_takes_too_long),
		cmocka_unit_test(stops_and_kills_what_will_not_stop),
		cmocka_unit_test(waits_longer_each_time_that_one_ends_soon),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
