/*
 * Times as text: one form is written, and only that form is read.
 */

#include "tests/unit/test.h"

#include "base/clock.h"
#include "base/err.h"

static void
writes_and_reads_rfc_3339_in_utc(void **state)
{
	char text[CLOCK_TEXT_MAX];
	int64_t when;

	(void)state;
	assert_string_equal(
	    clock_write(1795485784, text), "2026-11-24T02:03:04Z");
	assert_int_equal(clock_parse(span_str(text), &when), 0);
	assert_int_equal(when, 1795485784);
	assert_int_equal(
	    clock_parse(span_str("2026-11-24T02:03:04.123456Z"), &when), 0);
	assert_int_equal(when, 1795485784);
	assert_int_equal(
	    clock_parse(span_str("9999-12-31T23:59:59Z"), &when), 0);
	assert_int_equal(when, 253402300799);
}

static void
refuses_every_other_form(void **state)
{
	static const char *const bad[] = { "", "2026-11-24",
		"2026-11-24T02:03:04", "2026-11-24T02:03:04+00:00",
		"2026-11-24 02:03:04Z", "2026-11-24t02:03:04z",
		"2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-11-24T24:00:00Z", "2026-11-24T02:03:60Z",
		"2026-11-24T02:03:04.Z", "2026-11-24T02:03:04Z ",
		" 2026-11-24T02:03:04Z", "2026-11-24T02:03:04.5" };
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(clock_parse(span_str(bad[i]), &when), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
	}
}

static void
sees_a_clock_that_steps(void **state)
{
	struct clock_seen seen = { 0, 0, 0 };
	const int64_t year = INT64_C(365) * DAY;
	int64_t t = 1795485784;

	(void)state;
	assert_int_equal(clock_step(&seen, t, 5000), 0);
	assert_int_equal(clock_step(&seen, t + 60, 65000), 0);
	/* it was set right, or is slow: no step, and not one by adding up */
	assert_int_equal(clock_step(&seen, t + 660, 66000), 0);
	assert_int_equal(clock_step(&seen, t + 1260, 67000), 0);
	t += 1260;
	/* a machine that slept, and the clock on the wall went on */
	assert_int_equal(clock_step(&seen, t + year, 67000 + year * 1000), 0);
	t += year;
	assert_int_equal(clock_step(&seen, t + 601, 67000 + year * 1000), 601);
	assert_int_equal(clock_step(&seen, t - 601, 67000 + year * 1000), -601);
	/* what stepped is not taken for the time, and is over when it went back
	 */
	assert_int_equal(
	    clock_step(&seen, t + year + 1, 68000 + year * 1000), year);
	assert_int_equal(clock_step(&seen, t + 2, 69000 + year * 1000), 0);
	/* begun anew, it is */
	seen.known = 0;
	assert_int_equal(
	    clock_step(&seen, t + year + 3, 70000 + year * 1000), 0);
	assert_int_equal(
	    clock_step(&seen, t + year + 4, 71000 + year * 1000), 0);
}

/* An hour in which somebody can look, and no second one. */
static void
doubts_a_clock_that_stepped_for_an_hour(void **state)
{
	struct clock_watch w = { .doubted = 0 };
	const int64_t hour = CLOCK_DOUBT_MS;
	int64_t t = 1795485784;

	(void)state;
	assert_int_equal(clock_doubt(&w, t, 5000), 0);
	assert_int_equal(clock_doubt(&w, t + 9001, 6000), 9000);
	assert_int_equal(clock_doubt(&w, t + 9002, 7000), 9000);
	/* it goes back: whatever comes is doubted for an hour of its own */
	assert_int_equal(clock_doubt(&w, t + 3, 8000), 0);
	assert_int_equal(clock_doubt(&w, t - 8996, 9000), -9000);
	t += 3 - 9000;
	assert_int_equal(clock_doubt(&w, t + hour / 1000, 8000 + hour), -9000);
	assert_int_equal(clock_doubt(&w, t + 1 + hour / 1000, 9000 + hour), 0);
	assert_int_equal(clock_doubt(&w, t + 2 + hour / 1000, 10000 + hour), 0);
	assert_int_equal(
	    clock_doubt(&w, t + 9003 + hour / 1000, 11000 + hour), 9000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_rfc_3339_in_utc),
		cmocka_unit_test(refuses_every_other_form),
		cmocka_unit_test(sees_a_clock_that_steps),
		cmocka_unit_test(doubts_a_clock_that_stepped_for_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
