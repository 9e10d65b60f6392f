/*
 * Rows that were stored, told: one behind the other, in any pieces.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "issue/told.h"

static struct told
one(const char *lot, int row, const char *certificate)
{
	struct told t = { .row = row };

	strcpy(t.lot, lot);
	memset(t.key, row, sizeof(t.key));
	t.certificate = span_str(certificate);
	return t;
}

static void
several_come_out_as_they_went_in(void **state)
{
	struct told a = one("LOT-2026-000001", 7, "first"),
		    b = one("LOT-2026-000002", 8, ""), t;
	struct buf said = BUF_EMPTY;
	struct span left;

	(void)state;
	told_put(&said, &a);
	told_put(&said, &b);
	left = buf_span(&said);
	assert_int_equal(told_take(&left, &t), 1);
	assert_string_equal(t.lot, a.lot);
	assert_int_equal(t.row, 7);
	assert_memory_equal(t.key, a.key, sizeof(t.key));
	assert_true(span_equal(t.certificate, span_str("first")));
	assert_int_equal(told_take(&left, &t), 1);
	assert_string_equal(t.lot, b.lot);
	assert_int_equal(t.certificate.n, 0);
	assert_int_equal(told_take(&left, &t), 0);
	assert_int_equal(left.n, 0);
	buf_free(&said);
}

static void
one_that_is_not_whole_yet_is_waited_for(void **state)
{
	struct told a = one("LOT-2026-000001", 7, "certificate"), t;
	struct buf said = BUF_EMPTY;
	struct span left;
	size_t n;

	(void)state;
	told_put(&said, &a);
	for (n = 0; n < said.n; n++) {
		left = span_of(said.p, n);
		assert_int_equal(told_take(&left, &t), 0);
		assert_int_equal(left.n, n);
	}
	buf_free(&said);
}

static void
what_is_none_is_refused(void **state)
{
	static const uint8_t short_one[8] = { 4 }, long_one[8] = { 0, 0, 0, 1 };
	struct span left = span_of(short_one, sizeof(short_one));
	struct told t;

	(void)state;
	assert_int_equal(told_take(&left, &t), -1);
	left = span_of(long_one, sizeof(long_one));
	assert_int_equal(told_take(&left, &t), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_come_out_as_they_went_in),
		cmocka_unit_test(one_that_is_not_whole_yet_is_waited_for),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
