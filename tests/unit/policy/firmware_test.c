/*
 * Versions of firmware: what is one, and which is the later.
 */

#include "tests/unit/test.h"

#include "policy/firmware.h"

static void
knows_a_version(void **state)
{
	static const char *const good[] = { "0", "1", "1.0", "10.20.30",
		"1.2.3.4.5.6.7.8", "000000001", "999999999.999999999" };
	static const char *const bad[] = { "", ".", "1.", ".1", "1..2", "v1",
		"1a", "1.2-rc1", " 1", "1 ", "-1", "+1", "1.2.3.4.5.6.7.8.9",
		"1234567890", "1,2",
		"100000000.100000000.100000000.100000000" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(firmware_valid(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(firmware_valid(bad[i]));
}

static void
compares_number_by_number(void **state)
{
	static const char *const rising[] = { "0", "0.0.1", "0.1", "0.9.9", "1",
		"1.0.1", "1.2", "1.2.3", "1.10", "2", "10" };
	size_t n = sizeof(rising) / sizeof(rising[0]), i, k;

	(void)state;
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			assert_int_equal(
			    firmware_at_least(rising[i], rising[k]), i >= k);
}

static void
what_is_missing_counts_as_nought(void **state)
{
	(void)state;
	assert_true(firmware_at_least("1", "1.0.0"));
	assert_true(firmware_at_least("1.0.0", "1"));
	assert_true(firmware_at_least("01.002", "1.2"));
}

static void
no_comparison_with_what_is_no_version_holds(void **state)
{
	(void)state;
	assert_false(firmware_at_least("x", "1"));
	assert_false(firmware_at_least("1", "x"));
	assert_false(firmware_at_least("", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_version),
		cmocka_unit_test(compares_number_by_number),
		cmocka_unit_test(what_is_missing_counts_as_nought),
		cmocka_unit_test(no_comparison_with_what_is_no_version_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
