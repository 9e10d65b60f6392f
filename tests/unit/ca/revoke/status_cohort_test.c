/*
 * The status index: what befalls a lot, a model, an issuer at once.
 */

#include "status_world.h"

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
what_is_of_no_lot_is_in_no_cohort(void **state)
{
	struct status *s = a_serving_writer();
	struct status_event e;

	(void)state;
	issue(s, 0, 10);
	e = an_event(EVENT_ISSUED, 10, 1);
	memset(e.cohort, 0, sizeof(e.cohort));
	assert_int_equal(status_apply(s, &e), 0);
	on_cohort(s, EVENT_COHORT_HELD, COHORT_ISSUER, 3, 1);
	assert_int_equal(state_of(s, 9), STATUS_HOLD);
	assert_int_equal(state_of(s, 10), STATUS_GOOD);
	revoke_cohort(s, COHORT_ISSUER, 3, 2, 1);
	assert_int_equal(state_of(s, 9), STATUS_REVOKED);
	assert_int_equal(state_of(s, 10), STATUS_GOOD);
	status_free(s);
}

static void
a_lot_that_is_revoked_twice_by_no_measure_has_the_worse_reason(void **state)
{
	struct status *s = a_serving_writer();
	struct status_answer a;
	uint64_t first;

	(void)state;
	issue(s, 0, 10);
	revoke_cohort(s, COHORT_LOT, 11, 0, 9);
	first = last;
	revoke_cohort(s, COHORT_LOT, 11, 0, 1);
	a = answer_of(s, 5);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, AT(first));
	assert_int_equal(a.event, last);
	/* a third that is no worse, and told later, changes nothing */
	revoke_cohort(s, COHORT_LOT, 11, 0, 4);
	a = answer_of(s, 5);
	assert_int_equal(a.reason, 1);
	assert_int_equal(a.when, AT(first));
	assert_int_equal(s->head->cohort_used, 1);
	assert_int_equal(s->head->cohorts_on, 1);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_measure_holds_a_whole_cohort_by_one_event),
		TEST(a_cohort_stays_held_until_its_last_measure_ends),
		TEST(a_measure_revokes_a_whole_cohort_for_good),
		TEST(a_revoked_cohort_wins_over_every_hold),
		TEST(
		    of_several_revocations_the_first_counts_but_a_compromise_is_named),
		TEST(a_measure_takes_hold_of_all_that_an_issuer_issued),
		TEST(what_is_of_no_lot_is_in_no_cohort),
		TEST(
		    a_lot_that_is_revoked_twice_by_no_measure_has_the_worse_reason),
		TEST(ten_million_are_held_and_revoked_by_one_slot_each),
		TEST(
		    a_revoked_cohort_outlives_a_restart_and_the_growth_of_its_table),
		TEST(holds_many_cohorts_and_many_moments),
		TEST(knows_the_cohorts_of_ranges_that_come_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
