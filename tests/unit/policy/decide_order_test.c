/*
 * The decision engine: which of two reasons counts, and the moments at which
 * an answer changes.
 */

#include "decide_cases.h"

static int
check_of(enum reason r)
{
	return reason_get(r)->check;
}

static bool
leaves_the_tre_away(size_t i)
{
	struct facts f = good_facts();

	cases[i].spoil(&f);
	return f.mode == MODE_PLATFORM_ONLY;
}

static bool
is_about_evidence(enum reason r)
{
	return r == EVIDENCE_MISSING || r == EVIDENCE_MALFORMED ||
	    r == ATTESTATION_KEY_UNKNOWN || r == POSSESSION_TRE;
}

/*
 * Of two that cannot be at the same time: one says what the other one needs to
 * be otherwise.
 */
static bool
exclude_each_other(size_t i, size_t k)
{
	enum reason a = cases[i].want, b = cases[k].want;

	return leaves_the_tre_away(i) || leaves_the_tre_away(k) ||
	    b == PRECHECK_ONLY ||
	    (is_about_evidence(a) &&
		(b == MEASUREMENT_UNKNOWN || b == MEASUREMENT_BAD)) ||
	    (a == FIRMWARE_BELOW_MINIMUM && b == MEASURE_MINIMUM_FIRMWARE) ||
	    (a == MIGRATION_LOCKED && b == POLICY_CONSENT) ||
	    (check_of(a) == 10 &&
		(b == POLICY_GRACE || b == POLICY_PROVISIONAL));
}

/* A path that was judged and one that was not, of the same terminal. */
static bool
is_of_one_path(size_t i, size_t k)
{
	return cases[i].want == ALGORITHM_NOT_ALLOWED &&
	    cases[k].want == CHAIN_UNTRUSTED;
}

static void
the_first_one_ends_the_matter_up_to_check_5(void **state)
{
	struct verdict v;
	struct facts f;
	size_t i, k, pairs = 0;

	(void)state;
	for (i = 0; i < NCASES; i++)
		for (k = 0; k < NCASES; k++) {
			if (check_of(cases[i].want) > 5 ||
			    check_of(cases[i].want) >=
				check_of(cases[k].want) ||
			    is_of_one_path(i, k) ||
			    (check_of(cases[i].want) > 2 &&
				(leaves_the_tre_away(i) ||
				    leaves_the_tre_away(k))))
				continue;
			f = good_facts();
			cases[k].spoil(&f);
			cases[i].spoil(&f);
			decide(&f, NOW, &v);
			assert_int_equal(v.nreasons, 1);
			assert_string_equal(reason_get(v.reasons[0])->code,
			    reason_get(cases[i].want)->code);
			assert_int_equal(v.kind, VERDICT_REFUSE);
			pairs++;
		}
	assert_true(pairs > 1000);
}

static void
both_are_reported_from_check_6_on_and_the_first_is_the_primary(void **state)
{
	struct verdict v;
	struct facts f;
	size_t i, k, pairs = 0;

	(void)state;
	for (i = 0; i < NCASES; i++)
		for (k = 0; k < NCASES; k++) {
			if (check_of(cases[i].want) <= 5 ||
			    check_of(cases[i].want) >=
				check_of(cases[k].want) ||
			    exclude_each_other(i, k))
				continue;
			f = good_facts();
			cases[i].spoil(&f);
			cases[k].spoil(&f);
			decide(&f, NOW, &v);
			if (v.nreasons != 2)
				fail_msg("%s and %s: %d reasons",
				    reason_get(cases[i].want)->code,
				    reason_get(cases[k].want)->code,
				    v.nreasons);
			assert_string_equal(reason_get(v.reasons[0])->code,
			    reason_get(cases[i].want)->code);
			assert_string_equal(reason_get(v.reasons[1])->code,
			    reason_get(cases[k].want)->code);
			pairs++;
		}
	assert_true(pairs > 500);
}

/* All that can be said at once is said: no list is too short for it. */
static void
nothing_is_left_out_of_a_long_list(void **state)
{
	struct facts f = good_facts();
	struct verdict v;
	size_t i;
	int n = 0;

	(void)state;
	for (i = 0; i < NCASES; i++)
		n += check_of(cases[i].want) >= 6;
	assert_true(n > VERDICT_REASONS); /* some exclude each other */
	for (i = 0; i < NCASES; i++)
		if (check_of(cases[i].want) >= 6 && !leaves_the_tre_away(i) &&
		    cases[i].want != PRECHECK_ONLY &&
		    check_of(cases[i].want) < 14)
			cases[i].spoil(&f);
	decide(&f, NOW, &v);
	assert_true(v.nreasons > 20 && v.nreasons < VERDICT_REASONS);
	for (n = 1; n < v.nreasons; n++)
		assert_true(
		    check_of(v.reasons[n - 1]) <= check_of(v.reasons[n]));
	assert_int_equal(check_of(v.reasons[0]), 6);
	assert_int_equal(check_of(v.reasons[v.nreasons - 1]), 13);
}

static void
a_warning_rides_on_a_permit_and_on_nothing_else(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.platform.model.now = COC_IS_PROVISIONAL;
	f.tre.model.expires = NOW + 30 * DAY;
	f.hardware.expires = NOW - DAY;
	f.evidence.measurement = MEASUREMENT_IS_GOOD;
	f.evidence.update_available = true;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	assert_int_equal(v.nwarnings, 4);
	f.platform.device = DEVICE_IS_STOLEN;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	assert_int_equal(v.nwarnings, 0);
	f.platform.device = DEVICE_IS_FINE;
	f.purpose = PURPOSE_PRECHECK;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_INDETERMINATE);
	assert_int_equal(v.nwarnings, 0);
	/* a second later it is 30 days no more, and nothing to warn of */
	f = good_facts();
	f.tre.model.expires = NOW + 30 * DAY + 1;
	decide(&f, NOW, &v);
	assert_int_equal(v.nwarnings, 0);
}

/* What is decided of what was signed so many seconds from now. */
static enum reason
signed_after(int64_t seconds, int64_t received, int64_t now)
{
	struct facts f = good_facts();
	struct verdict v;

	f.signed_at = NOW + seconds;
	f.received = received;
	decide(&f, now, &v);
	assert_true(v.nreasons <= 1);
	return v.nreasons == 0 ? REASON_NONE : v.reasons[0];
}

static void
what_is_signed_is_fresh_for_120_seconds(void **state)
{
	(void)state;
	assert_int_equal(signed_after(-120, 0, NOW), REASON_NONE);
	assert_int_equal(signed_after(-121, 0, NOW), EVIDENCE_STALE);
	assert_int_equal(signed_after(120, 0, NOW), REASON_NONE);
	assert_int_equal(signed_after(121, 0, NOW), EVIDENCE_STALE);
	/* of a batch: when it came in counts */
	assert_int_equal(signed_after(-120, NOW, NOW + 500), REASON_NONE);
	assert_int_equal(signed_after(-121, NOW, NOW + 500), EVIDENCE_STALE);
}

/* The facts of a precheck that shows certificates and nothing else. */
static struct facts
a_precheck(enum decision_mode mode)
{
	struct facts f = good_facts();

	f.purpose = PURPOSE_PRECHECK;
	f.mode = mode;
	f.signed_at = 0;
	f.tre.possession = f.platform.possession = false;
	f.evidence.shown = EVIDENCE_NONE;
	f.evidence.well_formed = false;
	f.validation = VALIDATION_NONE;
	return f;
}

static void
a_precheck_needs_no_possession_and_never_permits(void **state)
{
	static const enum decision_mode modes[] = { MODE_TRE_AND_PLATFORM,
		MODE_PLATFORM_ONLY };
	struct verdict v;
	struct facts f;
	size_t i;
	int m;

	(void)state;
	for (m = 0; m < 2; m++) {
		f = a_precheck(modes[m]);
		decide(&f, NOW, &v);
		assert_int_equal(v.kind, VERDICT_INDETERMINATE);
		assert_int_equal(v.nreasons, 1);
		assert_int_equal(v.reasons[0], PRECHECK_ONLY);
		for (i = 0; i < NCASES; i++) {
			f = good_facts();
			cases[i].spoil(&f);
			f.purpose = PURPOSE_PRECHECK;
			decide(&f, NOW, &v);
			assert_int_not_equal(v.kind, VERDICT_PERMIT);
		}
	}
}

/* Only what is not at hand is unsure; all else that speaks against it weighs
 * more, and it comes to a refusal. */
static void
what_is_unsure_is_no_permit_and_a_refusal_weighs_more(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.tre.status_fresh = false;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_INDETERMINATE);
	assert_int_equal(v.reasons[0], STATUS_STALE);
	f.platform.device = DEVICE_IS_RETIRED;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	assert_int_equal(v.nreasons, 2);
	assert_int_equal(v.reasons[0], STATUS_STALE);
	f = good_facts();
	f.status_age = -1; /* not known */
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_INDETERMINATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_one_ends_the_matter_up_to_check_5),
		cmocka_unit_test(
		    both_are_reported_from_check_6_on_and_the_first_is_the_primary),
		cmocka_unit_test(nothing_is_left_out_of_a_long_list),
		cmocka_unit_test(
		    a_warning_rides_on_a_permit_and_on_nothing_else),
		cmocka_unit_test(what_is_signed_is_fresh_for_120_seconds),
		cmocka_unit_test(
		    a_precheck_needs_no_possession_and_never_permits),
		cmocka_unit_test(
		    what_is_unsure_is_no_permit_and_a_refusal_weighs_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
