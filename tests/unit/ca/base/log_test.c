/*
 * Log lines: one an event, whatever is told.
 */

#include "../../test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

static int kept = -1; /* standard error, until the test is over */
static FILE *out;

static int
begin(void **state)
{
	(void)state;
	kept = dup(STDERR_FILENO);
	out = tmpfile();
	return kept == -1 || out == NULL ||
		dup2(fileno(out), STDERR_FILENO) == -1
	    ? -1
	    : 0;
}

static int
end(void **state)
{
	(void)state;
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	return fclose(out);
}

/* All that was written, from the level on. */
static const char *
written(void)
{
	static char text[4096];
	size_t n;

	(void)fflush(stderr);
	rewind(out);
	n = fread(text, 1, sizeof(text) - 1, out);
	text[n] = '\0';
	return strchr(text, ' ') + 1;
}

static void
tells_program_level_and_message(void **state)
{
	(void)state;
	log_open("tester", LOG_NOTE);
	log_write(LOG_ALARM, "%d of %d", 1, 2);
	assert_string_equal(written(), "tester ALARM: 1 of 2\n");
}

static void
drops_what_is_below_the_level(void **state)
{
	(void)state;
	log_open("tester", LOG_WARN);
	log_write(LOG_NOTE, "nobody asked");
	log_write(LOG_WARN, "this counts");
	assert_string_equal(written(), "tester warning: this counts\n");
}

static void
an_event_is_one_line_whatever_others_said(void **state)
{
	(void)state;
	log_open("tester", LOG_NOTE);
	err_set(
	    ERR_BUSY, "away\n2026-11-26T00:00:00Z tester ALARM: no\r\x1b[2K");
	log_err("ask");
	assert_string_equal(written(),
	    "tester warning: could not ask: away 2026-11-26T00:00:00Z tester "
	    "ALARM: no  [2K\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_program_level_and_message),
		TEST(drops_what_is_below_the_level),
		TEST(an_event_is_one_line_whatever_others_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
