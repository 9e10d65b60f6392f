/*
 * The status index: what it answers, what it refuses, and what becomes of it
 * when its writer dies or its files are torn.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "revoke/status_file.h"
#include "tests/unit/folder.h"

static uint64_t last;

static int
start(void **state)
{
	last = 0;
	log_open("status_test", LOG_ALARM);
	return make_folder(state);
}

static struct status_event
an_event(enum event_kind kind, uint64_t first, uint64_t count)
{
	return (struct status_event){
		.id = ++last,
		.kind = kind,
		.at = 1700000000 + (int64_t)last,
		.issuer = 3,
		.first = first,
		.count = count,
		.cohort = { [COHORT_LOT] = 11, [COHORT_MODEL] = 12 },
	};
}

static void
issue(struct status *s, uint64_t first, uint64_t count)
{
	struct status_event e = an_event(EVENT_ISSUED, first, count);

	assert_int_equal(status_apply(s, &e), 0);
}

static void
do_one(struct status *s, enum event_kind kind, uint64_t index, int reason)
{
	struct status_event e = an_event(kind, index, 1);

	e.reason = reason;
	assert_int_equal(status_apply(s, &e), 0);
}

static void
on_cohort(struct status *s, enum event_kind kind, enum cohort_kind of,
    uint64_t id, uint64_t measure)
{
	struct status_event e = an_event(kind, 0, 0);

	e.cohort_kind = of;
	e.cohort_id = id;
	e.measure = measure;
	assert_int_equal(status_apply(s, &e), 0);
}

static struct status *
a_writer(void)
{
	struct status *s = status_open_writer(folder);

	assert_non_null(s);
	return s;
}

/* A writer that readers listen to. */
static struct status *
a_serving_writer(void)
{
	struct status *s = a_writer();

	status_set_checked(s, 1700000000);
	return s;
}

static enum status_state
state_of(struct status *s, uint64_t index)
{
	struct status_answer a;

	assert_int_equal(status_get(s, 3, index, &a), 0);
	return a.state;
}

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
a_measure_holds_a_whole_cohort_by_one_event(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;

	(void)state;
	issue(s, 0, 100000);
	do_one(s, EVENT_REVOKED, 7, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 12, 1);
	assert_int_equal(status_get(s, 3, 99999, &a), 0);
	assert_int_equal(a.state, STATUS_HOLD);
	assert_int_equal(a.reason, 6);
	assert_int_equal(a.when, 1700000000 + (int64_t)last);
	assert_int_equal(a.event, last);
	assert_true(a.by_cohort);
	assert_int_equal(state_of(s, 7), STATUS_REVOKED);
	assert_int_equal(state_of(s, 100000), STATUS_NEVER);
	/* what is issued into a held cohort is held from the start */
	issue(s, 100000, 1);
	assert_int_equal(state_of(s, 100000), STATUS_HOLD);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_MODEL, 12, 1);
	assert_int_equal(state_of(s, 99999), STATUS_GOOD);
	assert_int_equal(state_of(s, 7), STATUS_REVOKED);
	status_free(s);
}

static void
a_cohort_stays_held_until_its_last_measure_ends(void **state)
{
	struct status *s = a_serving_writer();

	(void)state;
	issue(s, 0, 10);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 12, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 12, 2);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 11, 3);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_SITE, 11, 4); /* not ours */
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_MODEL, 12, 1);
	assert_int_equal(state_of(s, 5), STATUS_HOLD);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_MODEL, 12, 2);
	assert_int_equal(state_of(s, 5), STATUS_HOLD);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_LOT, 11, 3);
	assert_int_equal(state_of(s, 5), STATUS_GOOD);
	status_free(s);
}

static void
revoke_cohort(struct status *s, enum cohort_kind of, uint64_t id,
    uint64_t measure, int reason)
{
	struct status_event e = an_event(EVENT_COHORT_REVOKED, 0, 0);

	e.cohort_kind = of;
	e.cohort_id = id;
	e.measure = measure;
	e.reason = reason;
	assert_int_equal(status_apply(s, &e), 0);
}

static struct status_answer
answer_of(struct status *s, uint64_t index)
{
	struct status_answer a;

	assert_int_equal(status_get(s, 3, index, &a), 0);
	return a;
}

#define AT(event) (1700000000 + (int64_t)(event))

static void
a_measure_revokes_a_whole_cohort_for_good(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	uint64_t revoked;

	(void)state;
	issue(s, 0, 100000);
	revoke_cohort(s, COHORT_MODEL, 12, 1, 9);
	revoked = last;
	a = answer_of(s, 99999);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.reason, 9);
	assert_int_equal(a.when, AT(revoked));
	assert_int_equal(a.event, revoked);
	assert_true(a.by_cohort);
	assert_int_equal(state_of(s, 100000), STATUS_NEVER);
	/* neither its measure nor another undoes it */
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_MODEL, 12, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 12, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 11, 2);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_LOT, 11, 2);
	a = answer_of(s, 99999);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.reason, 9);
	assert_int_equal(a.when, AT(revoked));
	/* nor is one that comes later anything but revoked */
	issue(s, 100000, 1);
	assert_int_equal(state_of(s, 100000), STATUS_REVOKED);
	status_free(s);
}

static void
a_revoked_cohort_wins_over_every_hold(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	uint64_t held;

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_HELD, 4, 6);
	held = last;
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 11, 1);
	revoke_cohort(s, COHORT_MODEL, 12, 2, 5);
	a = answer_of(s, 3);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.when, AT(last));
	/* one on hold by itself is revoked since its hold */
	a = answer_of(s, 4);
	assert_int_equal(a.state, STATUS_REVOKED);
	assert_int_equal(a.reason, 5);
	assert_int_equal(a.when, AT(held));
	status_free(s);
}

static void
of_several_revocations_the_first_counts_but_a_compromise_is_named(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	uint64_t own, cohort, worse;

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 1, 4);
	own = last;
	revoke_cohort(s, COHORT_SITE, 13, 1, 9); /* not ours */
	revoke_cohort(s, COHORT_MODEL, 12, 2, 9);
	cohort = last;
	revoke_cohort(s, COHORT_LOT, 11, 3, 5);
	a = answer_of(s, 1); /* its own was earlier */
	assert_int_equal(a.reason, 4);
	assert_int_equal(a.when, AT(own));
	assert_false(a.by_cohort);
	a = answer_of(s, 2);
	assert_int_equal(a.reason, 9);
	assert_int_equal(a.event, cohort);
	/* its reason moves, its time stays */
	do_one(s, EVENT_REVOKED, 2, 1);
	a = answer_of(s, 2);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, AT(cohort));
	assert_false(a.by_cohort);
	revoke_cohort(s, COHORT_ORGANISATION, 14, 4, 1); /* not ours */
	revoke_cohort(s, COHORT_ISSUER, 3, 5, 1);
	worse = last;
	a = answer_of(s, 1);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, AT(own));
	assert_int_equal(a.event, worse);
	a = answer_of(s, 5);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, AT(cohort));
	assert_int_equal(a.event, worse);
	status_free(s);
}

static void
a_measure_takes_hold_of_all_that_an_issuer_issued(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;
	struct status_answer a;

	(void)state;
	issue(s, 0, 10);
	e = an_event(EVENT_ISSUED, 0, 10);
	e.issuer = 4;
	assert_int_equal(status_apply(s, &e), 0);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_ISSUER, 4, 1);
	assert_int_equal(state_of(s, 5), STATUS_GOOD);
	assert_int_equal(status_get(s, 4, 5, &a), 0);
	assert_int_equal(a.state, STATUS_HOLD);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_ISSUER, 4, 1);
	assert_int_equal(status_get(s, 4, 5, &a), 0);
	assert_int_equal(a.state, STATUS_GOOD);
	status_free(s);
}

static void
ten_million_are_held_and_revoked_by_one_slot_each(void **state)
{
	struct status *s = a_serving_writer();
	struct timespec a, b;
	struct row before;

	(void)state;
	issue(s, 0, 10000000);
	before = s->rows[3];
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 12, 1);
	revoke_cohort(s, COHORT_LOT, 11, 2, 9);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("two events on ten million: %lld us\n",
	    (long long)(b.tv_sec - a.tv_sec) * 1000000 +
		(b.tv_nsec - a.tv_nsec) / 1000);
	assert_int_equal(s->head->cohort_used, 2);
	assert_int_equal(s->head->cohorts_on, 2);
	assert_memory_equal(&s->rows[3], &before, sizeof(before));
	assert_int_equal(s->rows[3].times_used, 0);
	assert_int_equal(s->rows[3].ranges, 1);
	assert_int_equal(state_of(s, 0), STATUS_REVOKED);
	assert_int_equal(state_of(s, 9999999), STATUS_REVOKED);
	assert_int_equal(state_of(s, 10000000), STATUS_NEVER);
	status_free(s);
}

static void
a_revoked_cohort_outlives_a_restart_and_the_growth_of_its_table(void **state)
{
	struct status *s = a_serving_writer();
	uint64_t i;

	(void)state;
	issue(s, 0, 10);
	revoke_cohort(s, COHORT_MODEL, 12, 1, 1);
	for (i = 1; i <= 500; i++)
		on_cohort(s, EVENT_COHORT_HELD, COHORT_SITE, i, i);
	assert_int_equal(answer_of(s, 3).reason, 1);
	status_free(s);
	s = a_serving_writer();
	assert_int_equal(answer_of(s, 3).state, STATUS_REVOKED);
	assert_int_equal(answer_of(s, 3).reason, 1);
	status_free(s);
}

static void
holds_many_cohorts_and_many_moments(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	uint64_t i;

	(void)state;
	issue(s, 0, 50000);
	for (i = 1; i <= 1000; i++)
		on_cohort(s, EVENT_COHORT_HELD, COHORT_SITE, i, i);
	for (i = 0; i < 50000; i += 2)
		do_one(s, EVENT_REVOKED, i, 4);
	for (i = 0; i < 50000; i++) {
		assert_int_equal(status_get(s, 3, i, &a), 0);
		assert_int_equal(
		    a.state, i % 2 == 0 ? STATUS_REVOKED : STATUS_GOOD);
	}
	assert_int_equal(a.when, 0);
	for (i = 0; i < 50000; i += 2) {
		assert_int_equal(status_get(s, 3, i, &a), 0);
		assert_int_equal(a.when, AT(1001 + i / 2 + 1));
	}
	status_free(s);
}

static void
knows_the_cohorts_of_ranges_that_come_in_any_order(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;
	uint64_t cohort[COHORT_OF_RANGE];

	(void)state;
	e = an_event(EVENT_ISSUED, 200, 100);
	e.cohort[COHORT_LOT] = 2;
	assert_int_equal(status_apply(s, &e), 0);
	e = an_event(EVENT_ISSUED, 0, 100);
	e.cohort[COHORT_LOT] = 1;
	assert_int_equal(status_apply(s, &e), 0);
	e = an_event(EVENT_ISSUED, 100, 50);
	e.cohort[COHORT_LOT] = 1;
	assert_int_equal(status_apply(s, &e), 0);
	assert_true(status_cohorts(s, 3, 149, cohort));
	assert_int_equal(cohort[COHORT_LOT], 1);
	assert_true(status_cohorts(s, 3, 299, cohort));
	assert_int_equal(cohort[COHORT_LOT], 2);
	assert_false(status_cohorts(s, 3, 150, cohort));
	assert_false(status_cohorts(s, 3, 300, cohort));
	/* neighbours of one lot need one range only */
	assert_int_equal(s->rows[3].ranges, 2);
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

static void
goes_on_where_it_ended(void **state)
{
	struct status *s = a_serving_writer();

	(void)state;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_LOT, 11, 1);
	status_free(s);
	s = a_writer();
	assert_int_equal(status_last_event(s), 3);
	assert_int_equal(state_of(s, 3), STATUS_REVOKED);
	assert_int_equal(state_of(s, 4), STATUS_HOLD);
	issue(s, 10, 10);
	on_cohort(s, EVENT_COHORT_RELEASED, COHORT_LOT, 11, 1);
	assert_int_equal(state_of(s, 15), STATUS_GOOD);
	status_free(s);
}

/* Spoil a file as a crash might; the next writer has to start over. */
static void
spoil(const char *name, off_t at, const void *p, size_t n)
{
	int fd = open(in_folder(name), O_RDWR);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, p, n, at), n);
	(void)close(fd);
}

static void
make_one_and_close(void)
{
	struct status *s = a_serving_writer();

	last = 0;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	status_free(s);
}

static void
expect_rebuilt(void)
{
	struct status *s = a_writer();
	struct status_answer a;

	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	last = 0;
	issue(s, 0, 10);
	do_one(s, EVENT_REVOKED, 3, 1);
	status_set_checked(s, 1700000000);
	assert_int_equal(state_of(s, 3), STATUS_REVOKED);
	status_free(s);
}

static void
starts_over_after_a_torn_write(void **state)
{
	static const uint64_t odd = 7, wrong = 0x5555;
	static const uint32_t no = 0;
	char path[128];

	(void)state;
	make_one_and_close();
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	expect_rebuilt();
	spoil("head", offsetof(struct head, last_event), &wrong, sizeof(wrong));
	expect_rebuilt();
	spoil(
	    "head", HEAD_ROWS + 3 * sizeof(struct row), &wrong, sizeof(wrong));
	expect_rebuilt();
	spoil("head", 0, "X", 1);
	expect_rebuilt();
	(void)snprintf(path, sizeof(path), "%s/3.state", folder);
	assert_int_equal(truncate(path, 5), 0);
	expect_rebuilt();
	(void)snprintf(path, sizeof(path), "%s/3.times", folder);
	assert_int_equal(unlink(path), 0);
	expect_rebuilt();
	/* another start of the machine, and not closed in good order */
	spoil("head", offsetof(struct head, clean), &no, sizeof(no));
	spoil("head", offsetof(struct head, boot), "another", 7);
	expect_rebuilt();
}

static void
remembers_over_a_rebuilding_how_far_it_was(void **state)
{
	static const uint64_t odd = 7;
	struct status *s;

	(void)state;
	make_one_and_close();
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	s = a_writer();
	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_told(s), 2);
	last = 0;
	issue(s, 0, 10);
	assert_int_equal(status_told(s), 2);
	assert_int_equal(status_rebuild(s), 0);
	assert_int_equal(status_told(s), 2);
	status_free(s);
}

static void
a_flipped_bit_is_damage_and_no_other_state(void **state)
{
	struct status *s;
	struct status_answer a;
	uint8_t octets[] = { OCTET_NEVER, OCTET_GOOD, OCTET_HOLD, OCTET_VOID,
		OCTET(4), OCTET(5), OCTET(11) };
	uint8_t flipped;
	size_t i;
	int bit;

	(void)state;
	make_one_and_close();
	s = status_open_reader(folder);
	assert_non_null(s);
	for (i = 0; i < sizeof(octets); i++)
		for (bit = 0; bit < 8; bit++) {
			flipped = (uint8_t)(octets[i] ^ 1 << bit);
			spoil("3.state", 5, &flipped, 1);
			assert_int_equal(status_get(s, 3, 5, &a), -1);
			assert_int_equal(err_kind(), ERR_INTERNAL);
		}
	status_free(s);
}

static void
another_state_than_was_written_is_damage(void **state)
{
	static const uint8_t good = OCTET_GOOD, never = OCTET_NEVER;
	struct status *s;
	struct status_answer a;

	(void)state;
	make_one_and_close();
	s = status_open_reader(folder);
	assert_non_null(s);
	spoil("3.state", 3, &good, 1);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_int_equal(status_get(s, 3, 5, &a), -1); /* its neighbours, too */
	spoil("3.state", 3, &never, 1);
	assert_int_equal(status_get(s, 3, 3, &a), -1);
	status_free(s);
}

/* Each is good as long as nobody asks about what is gone. */
static void
expect_found(const char *name, off_t at, const void *p, size_t n)
{
	struct status *s;
	int looks = 0;

	make_one_and_close();
	s = a_serving_writer();
	last = 2;
	issue(s, 10, 10000);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_MODEL, 900, 1);
	while (++looks < 20)
		assert_int_equal(status_check(s, LEAF), 0);
	spoil(name, at, p, n);
	for (looks = 0; status_check(s, LEAF) == 0; looks++)
		assert_true(looks < 20);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_int_equal(status_rebuild(s), 0);
	while (--looks > 0)
		assert_int_equal(status_check(s, LEAF), 0);
	status_free(s);
	assert_int_equal(unlink(in_folder("told")), 0);
}

static void
its_writer_finds_what_has_changed(void **state)
{
	static const uint8_t zeroes[4096];
	static const uint32_t when = 1700009999;

	(void)state;
	expect_found("3.state", 4096, zeroes, 4096);
	expect_found("3.state", 9000, "\xd2", 1);
	expect_found("3.leaves", 0, zeroes, 4);
	expect_found("3.times", CHUNK_UNIT + 8, &when, sizeof(when));
	expect_found("3.times", CHUNK_UNIT, zeroes, 64);
	expect_found("3.ranges", 0, zeroes, sizeof(struct range));
	expect_found("3.ranges", 24, "\x01", 1);
	expect_found("cohorts.1", 0, zeroes, 4096);
	expect_found("head", HEAD_ROWS + 3 * sizeof(struct row), zeroes, 64);
	expect_found("head", offsetof(struct head, last_event), zeroes, 8);
}

static void
a_writer_killed_in_the_middle_of_an_event_is_found_out(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e = an_event(EVENT_ISSUED, 0, 30000000);
	int status;
	pid_t child;

	(void)state;
	status_free(s);
	s = status_open_reader(folder);
	assert_non_null(s);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0) {
		s = status_open_writer(folder);
		_exit(s == NULL || status_apply(s, &e) == -1);
	}
	while ((atomic_load(&s->head->seq) & 1) == 0)
		assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true((atomic_load(&s->head->seq) & 1) == 1);
	status_free(s);
	s = a_writer();
	assert_int_equal(status_last_event(s), 0);
	assert_int_equal(status_apply(s, &e), 0);
	status_set_checked(s, 1700000000);
	assert_int_equal(state_of(s, 29999999), STATUS_GOOD);
	assert_int_equal(state_of(s, 30000000), STATUS_NEVER);
	status_free(s);
}

static void
readers_move_on_to_a_rebuilt_index(void **state)
{
	static const uint64_t odd = 7;
	struct status *r;
	struct status_answer a;

	(void)state;
	make_one_and_close();
	r = status_open_reader(folder);
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	spoil("head", offsetof(struct head, seq), &odd, sizeof(odd));
	assert_int_equal(status_get(r, 3, 3, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	expect_rebuilt();
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	status_free(r);
}

/* Lost or damaged, it could not be told that it was given up. */
static void
readers_let_go_of_a_head_that_is_gone(void **state)
{
	struct status *r;
	struct status_answer a;
	char path[128];

	(void)state;
	make_one_and_close();
	r = status_open_reader(folder);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	(void)snprintf(path, sizeof(path), "%s/head", folder);
	assert_int_equal(unlink(path), 0);
	(void)usleep(600 * 1000);
	assert_int_equal(status_get(r, 3, 4, &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	expect_rebuilt();
	assert_int_equal(state_of(r, 3), STATUS_REVOKED);
	assert_int_equal(state_of(r, 4), STATUS_GOOD);
	status_free(r);
}

/*
 * A child issues and revokes for ever: event 2n-1 issues index n-1, event 2n
 * revokes it.  Killed anywhere, what it left is either consistent as of its
 * last event or starts over.
 */
static void
write_for_ever(void)
{
	struct status *w = status_open_writer(folder);

	if (w == NULL)
		_exit(1);
	status_set_checked(w, 1700000000);
	for (last = status_last_event(w);;) {
		struct status_event e =
		    an_event((last & 1) == 0 ? EVENT_ISSUED : EVENT_REVOKED,
			last / 2, 1);

		e.reason = 5;
		if (e.kind == EVENT_ISSUED)
			e.cohort[COHORT_LOT] = e.first / 3 + 1;
		if (status_apply(w, &e) == -1)
			_exit(1);
	}
}

static void
expect_consistent(struct status *s)
{
	uint64_t seen = status_last_event(s), index;
	struct status_answer a;

	for (index = 0; index < seen / 2; index += seen / 400 + 1) {
		assert_int_equal(status_get(s, 3, index, &a), 0);
		assert_int_equal(a.state, STATUS_REVOKED);
		assert_int_equal(a.when, AT(2 * index + 2));
	}
	assert_int_equal(state_of(s, (seen + 1) / 2), STATUS_NEVER);
}

static void
survives_the_death_of_its_writer_at_any_moment(void **state)
{
	struct status *s;
	int round, status;
	pid_t child;

	(void)state;
	for (round = 0; round < 25; round++) {
		assert_int_not_equal(child = fork(), -1);
		if (child == 0)
			write_for_ever();
		(void)usleep(3000 + (useconds_t)round * 700);
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		s = a_writer();
		status_set_checked(s, 1700000000);
		expect_consistent(s);
		status_free(s);
	}
}

static void
readers_never_see_half_an_event(void **state)
{
	struct status_answer a;
	struct status *w = a_serving_writer(), *r;
	uint64_t seen, index;
	int i, status, answers = 0;
	pid_t child;

	(void)state;
	status_free(w);
	assert_int_not_equal(child = fork(), -1);
	if (child == 0)
		write_for_ever();
	r = status_open_reader(folder);
	assert_non_null(r);
	for (i = 0; i < 20000; i++) {
		seen = status_last_event(r);
		index = seen / 2;
		if (status_get(r, 3, index, &a) == -1) {
			assert_int_equal(err_kind(), ERR_BUSY);
			continue;
		}
		answers++;
		if (a.state == STATUS_REVOKED)
			assert_int_equal(a.when, AT(2 * index + 2));
		else
			assert_int_equal(a.when, 0);
	}
	(void)kill(child, SIGKILL);
	(void)waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_true(answers > 10000);
	status_free(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(never_says_good_for_what_was_not_issued),
		TEST(never_makes_a_void_one_good),
		TEST(tells_when_and_why_one_was_revoked),
		TEST(holds_releases_and_never_takes_a_revocation_back),
		TEST(a_measure_holds_a_whole_cohort_by_one_event),
		TEST(a_cohort_stays_held_until_its_last_measure_ends),
		TEST(a_measure_revokes_a_whole_cohort_for_good),
		TEST(a_revoked_cohort_wins_over_every_hold),
		TEST(
		    of_several_revocations_the_first_counts_but_a_compromise_is_named),
		TEST(a_measure_takes_hold_of_all_that_an_issuer_issued),
		TEST(ten_million_are_held_and_revoked_by_one_slot_each),
		TEST(
		    a_revoked_cohort_outlives_a_restart_and_the_growth_of_its_table),
		TEST(holds_many_cohorts_and_many_moments),
		TEST(knows_the_cohorts_of_ranges_that_come_in_any_order),
		TEST(refuses_to_issue_an_index_twice),
		TEST(applies_an_event_once_and_misses_none),
		TEST(refuses_events_that_make_no_sense),
		TEST(has_one_writer_at_a_time),
		TEST(readers_follow_its_growth),
		TEST(gives_readers_nothing_before_it_is_complete),
		TEST(goes_on_where_it_ended),
		TEST(starts_over_after_a_torn_write),
		TEST(remembers_over_a_rebuilding_how_far_it_was),
		TEST(a_flipped_bit_is_damage_and_no_other_state),
		TEST(another_state_than_was_written_is_damage),
		TEST(its_writer_finds_what_has_changed),
		TEST(a_writer_killed_in_the_middle_of_an_event_is_found_out),
		TEST(readers_move_on_to_a_rebuilt_index),
		TEST(readers_let_go_of_a_head_that_is_gone),
		TEST(survives_the_death_of_its_writer_at_any_moment),
		TEST(readers_never_see_half_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
