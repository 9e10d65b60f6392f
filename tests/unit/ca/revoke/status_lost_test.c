/*
 * An index whose database was restored: what it still says, what it knows
 * better, and how it goes on.
 */

#include "../../test.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "revoke/status.h"
#include "tests/unit/folder.h"

static struct status *s;
static uint64_t last;

static void
apply(enum event_kind kind, uint64_t index, uint64_t count, int reason)
{
	struct status_event e = { .id = ++last,
		.kind = kind,
		.at = 1700000000 + (int64_t)last,
		.issuer = 3,
		.first = index,
		.count = count,
		.reason = reason,
		.cohort = { [COHORT_LOT] = 11 },
		.cohort_kind = COHORT_LOT,
		.cohort_id = 11,
		.measure = 5 };

	assert_int_equal(status_apply(s, &e), 0);
}

/* 0 to 9 issued; 1 revoked, 2 held, 3 held and released. */
static int
start(void **state)
{
	log_open("status_lost_test", LOG_ALARM + 1);
	last = 0;
	if (make_folder(state) == -1 ||
	    (s = status_open_writer(folder)) == NULL)
		return -1;
	apply(EVENT_ISSUED, 0, 10, 0);
	apply(EVENT_REVOKED, 1, 1, 1);
	apply(EVENT_HELD, 2, 1, 6);
	apply(EVENT_HELD, 3, 1, 6);
	apply(EVENT_RELEASED, 3, 1, 0);
	status_set_checked(s, 1700000000);
	return 0;
}

static int
stop(void **state)
{
	status_free(s);
	return remove_folder(state);
}

static void
says_what_is_revoked_and_of_nothing_that_it_is_good(void **state)
{
	struct status_answer a;

	(void)state;
	status_withhold(s);
	assert_int_equal(status_checked(s), 0);
	assert_int_equal(status_get(s, 3, 1, &a), 0);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(status_get(s, 3, 2, &a), 0);
	assert_int_equal(a.state, STATUS_HOLD);
	assert_int_equal(status_get(s, 3, 0, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(status_get(s, 3, 77, &a), -1);
	status_set_checked(s, 1700000100);
	assert_int_equal(status_get(s, 3, 0, &a), 0);
	assert_int_equal(a.state, STATUS_GOOD);
}

static int
collect(const struct status_known *k, void *ctx)
{
	struct buf *b = ctx;

	buf_printf(b, "%s%llu/%d/%lld ", k->is_cohort ? "lot " : "",
	    (unsigned long long)(k->is_cohort ? k->cohort_id : k->index),
	    k->answer.reason, (long long)k->answer.when - 1700000000);
	return 0;
}

static void
knows(const char *want)
{
	struct buf b = BUF_EMPTY;

	assert_int_equal(status_each_known(s, collect, &b), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void
knows_what_is_not_good_and_since_when(void **state)
{
	(void)state;
	knows("1/1/2 2/6/3 ");
	apply(EVENT_COHORT_HELD, 0, 0, 0);
	status_withhold(s);
	knows("1/1/2 2/6/3 lot 11/6/6 ");
	apply(EVENT_COHORT_RELEASED, 0, 0, 0);
	knows("1/1/2 2/6/3 ");
	apply(EVENT_COHORT_REVOKED, 0, 0, 9);
	knows("1/1/2 2/9/3 lot 11/9/8 ");
	assert_int_equal(status_size(s, 3), 10);
	assert_int_equal(status_size(s, 4), 0);
}

static void
one_that_is_being_built_knows_nothing_better(void **state)
{
	(void)state;
	assert_int_equal(status_rebuild(s), 0);
	knows("");
}

/* Built anew, the log has a hole, which one event says to be one. */
static void
goes_on_behind_what_is_lost(void **state)
{
	struct status_event e = { .id = 20, .kind = EVENT_RESTORED };
	struct status_answer a;

	(void)state;
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(status_last_event(s), 20);
	e = (struct status_event){ .id = 22, .kind = EVENT_VOID, .issuer = 3 };
	e.first = 10;
	e.count = 1;
	assert_int_equal(status_apply(s, &e), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	e.id = 21;
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(status_get(s, 3, 10, &a), 0);
	assert_int_equal(a.state, STATUS_VOID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_what_is_revoked_and_of_nothing_that_it_is_good),
		TEST(knows_what_is_not_good_and_since_when),
		TEST(one_that_is_being_built_knows_nothing_better),
		TEST(goes_on_behind_what_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
