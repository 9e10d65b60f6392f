/*
 * The status index: what it answers, what it refuses, and who reads along.
 */

#include <sys/stat.h>

#include "status_world.h"

static void
never_says_good_for_what_was_not_issued(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;
	struct status_answer a;

	(void)state;
	assert_int_equal(state_of(s, 0), STATUS_NEVER);
	issue(s, 10, 5);
	e = an_event(EVENT_VOID, 15, 3);
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(state_of(s, 9), STATUS_NEVER);
	assert_int_equal(state_of(s, 10), STATUS_GOOD);
	assert_int_equal(state_of(s, 14), STATUS_GOOD);
	assert_int_equal(state_of(s, 15), STATUS_VOID);
	assert_int_equal(state_of(s, 18), STATUS_NEVER);
	assert_int_equal(state_of(s, (uint64_t)1 << 47), STATUS_NEVER);
	assert_int_equal(status_get(s, 4, 10, &a), 0);
	assert_int_equal(a.state, STATUS_NEVER);
	assert_int_equal(status_get(s, UINT32_MAX, 10, &a), 0);
	assert_int_equal(a.state, STATUS_NEVER);
	status_free(s);
}

static void
never_makes_a_void_one_good(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e = an_event(EVENT_VOID, 0, 4);

	(void)state;
	assert_int_equal(status_apply(s, &e), 0);
	issue(s, 0, 4);
	do_one(s, EVENT_HELD, 1, 6);
	do_one(s, EVENT_RELEASED, 1, 0);
	assert_int_equal(state_of(s, 0), STATUS_VOID);
	assert_int_equal(state_of(s, 1), STATUS_VOID);
	status_free(s);
}

static void
tells_when_and_why_one_was_revoked(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;
	struct status_answer a;

	(void)state;
	issue(s, 0, 10);
	e = an_event(EVENT_REVOKED, 4, 1);
	e.reason = 1;
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(status_get(s, 3, 4, &a), 0);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, e.at);
	assert_int_equal(a.event, 0);
	assert_false(a.by_cohort);
	status_free(s);
}

static void
holds_releases_and_never_takes_a_revocation_back(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	int64_t held_at;

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_HELD, 4, 6);
	assert_int_equal(status_get(s, 3, 4, &a), 0);
	assert_int_equal(a.state, STATUS_HOLD);
	assert_int_equal(a.reason, 6);
	do_one(s, EVENT_RELEASED, 4, 0);
	assert_int_equal(state_of(s, 4), STATUS_GOOD);

	do_one(s, EVENT_HELD, 4, 6);
	held_at = 1700000000 + (int64_t)last;
	do_one(s, EVENT_REVOKED, 4, 9);
	do_one(s, EVENT_RELEASED, 4, 0);
	do_one(s, EVENT_HELD, 4, 6);
	assert_int_equal(status_get(s, 3, 4, &a), 0);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.reason, 9);
	assert_int_equal(a.when, held_at);

	do_one(s, EVENT_REVOKED, 4, 1);
	assert_int_equal(status_get(s, 3, 4, &a), 0);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, held_at);
	status_free(s);
}

static void
refuses_to_issue_an_index_twice(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;

	(void)state;
	issue(s, 100, 100);
	e = an_event(EVENT_ISSUED, 50, 51);
	assert_int_equal(status_apply(s, &e), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	e.first = 199;
	assert_int_equal(status_apply(s, &e), -1);
	e.first = 200;
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(state_of(s, 99), STATUS_NEVER);
	status_free(s);
}

static void
applies_an_event_once_and_misses_none(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_HELD, 3, 6);
	do_one(s, EVENT_RELEASED, 3, 0);
	e = an_event(EVENT_HELD, 3, 1);
	e.id = 2; /* seen already */
	assert_int_equal(status_apply(s, &e), 0);
	assert_int_equal(state_of(s, 3), STATUS_GOOD);
	e.id = 5; /* 4 is missing */
	assert_int_equal(status_apply(s, &e), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_int_equal(status_last_event(s), 3);
	status_free(s);
}

static void
refuses_events_that_make_no_sense(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event good = an_event(EVENT_ISSUED, 0, 1), e;

	(void)state;
	e = good;
	e.issuer = 0;
	assert_int_equal(status_apply(s, &e), -1);
	e.issuer = STATUS_ISSUER_MAX + 1;
	assert_int_equal(status_apply(s, &e), -1);
	e = good;
	e.count = 0;
	assert_int_equal(status_apply(s, &e), -1);
	e = good;
	e.first = UINT64_MAX;
	assert_int_equal(status_apply(s, &e), -1);
	e = good;
	e.first = ((uint64_t)1 << 48) - 1;
	e.count = 2;
	assert_int_equal(status_apply(s, &e), -1);
	e = good;
	e.kind = EVENT_REVOKED;
	e.reason = 7;
	assert_int_equal(status_apply(s, &e), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	e = good;
	e.kind = EVENT_COHORT_HELD;
	assert_int_equal(status_apply(s, &e), -1);
	e.cohort_id = 1;
	e.cohort_kind = COHORT_KINDS;
	assert_int_equal(status_apply(s, &e), -1);
	e.cohort_kind = COHORT_MODEL;
	e.kind = EVENT_COHORT_REVOKED;
	e.reason = 6; /* a hold is no revocation */
	assert_int_equal(status_apply(s, &e), -1);
	assert_int_equal(status_last_event(s), 0);
	status_free(s);
}

static void
has_one_writer_at_a_time(void **state)
{
	struct status *s = a_writer();

	(void)state;
	assert_null(status_open_writer(folder));
	assert_int_equal(err_kind(), ERR_CONFLICT);
	status_free(s);
	status_free(a_writer());
}

static void
readers_follow_its_growth(void **state)
{
	struct status *w = a_serving_writer(), *r;
	uint64_t n;

	(void)state;
	r = status_open_reader(folder);
	assert_non_null(r);
	for (n = 0; n < 300000; n += 30000) {
		issue(w, n, 30000);
		do_one(w, EVENT_REVOKED, n + 17, 1);
		assert_int_equal(state_of(r, n + 29999), STATUS_GOOD);
		assert_int_equal(state_of(r, n + 17), STATUS_REVOKED);
		assert_int_equal(state_of(r, n + 30000), STATUS_NEVER);
	}
	assert_int_equal(status_last_event(r), last);
	status_free(r);
	status_free(w);
}

/* Whose folder it is may have laid anything there. */
static void
reads_no_file_by_a_link(void **state)
{
	char path[300], kept[300];
	struct status *w = a_serving_writer(), *r;

	(void)state;
	issue(w, 0, 10);
	(void)snprintf(path, sizeof(path), "%s/head", folder);
	(void)snprintf(kept, sizeof(kept), "%s/kept", folder);
	assert_int_equal(rename(path, kept), 0);
	assert_int_equal(symlink("kept", path), 0);
	assert_null(status_open_reader(folder));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)alarm(20);
	assert_null(status_open_reader(folder));
	(void)alarm(0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(kept, path), 0);
	r = status_open_reader(folder);
	assert_non_null(r);
	assert_int_equal(state_of(r, 1), STATUS_GOOD);
	status_free(r);
	status_free(w);
}

static void
gives_readers_nothing_before_it_is_complete(void **state)
{
	struct status *w, *r;
	struct status_answer a;
	uint64_t placed;

	(void)state;
	assert_null(status_open_reader(folder));
	assert_int_equal(err_kind(), ERR_BUSY);
	w = a_writer();
	issue(w, 0, 10);
	r = status_open_reader(folder);
	assert_non_null(r);
	assert_int_equal(status_get(r, 3, 1, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(status_checked(r), 0);
	status_set_checked(w, 1700000123);
	assert_int_equal(state_of(r, 1), STATUS_GOOD);
	assert_int_equal(status_checked(r), 1700000123);
	placed = status_placed(r);
	status_set_placed(w);
	assert_int_equal(status_placed(r), placed + 1);
	status_free(r);
	status_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(never_says_good_for_what_was_not_issued),
		TEST(never_makes_a_void_one_good),
		TEST(tells_when_and_why_one_was_revoked),
		TEST(holds_releases_and_never_takes_a_revocation_back),
		TEST(refuses_to_issue_an_index_twice),
		TEST(applies_an_event_once_and_misses_none),
		TEST(refuses_events_that_make_no_sense),
		TEST(has_one_writer_at_a_time),
		TEST(readers_follow_its_growth),
		TEST(reads_no_file_by_a_link),
		TEST(gives_readers_nothing_before_it_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
