/*
 * The decision engine: each reason has facts that yield exactly it, and each
 * rule its moment.
 */

#include "decide_cases.h"

static void
permits_when_nothing_speaks_against_it(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	assert_int_equal(v.nreasons, 0);
	assert_int_equal(v.nwarnings, 0);
	f.mode = MODE_PLATFORM_ONLY;
	memset(&f.tre, 0, sizeof(f.tre));
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
}

/* Whoever has it, whatever it is asked for, whatever is shown. */
static void
another_has_the_device_only_with_consent(void **state)
{
	static const enum decision_mode modes[] = { MODE_TRE_AND_PLATFORM,
		MODE_PLATFORM_ONLY };
	struct facts f;
	struct verdict v;
	int p, h, c, m;
	bool may;

	(void)state;
	for (p = PURPOSE_INITIAL_DOWNLOAD; p <= PURPOSE_REPROVISION; p++)
		for (h = CUSTODY_IS_UNKNOWN; h <= CUSTODY_IS_ANOTHERS; h++)
			for (c = 0; c <= CONSENT_IS_GOOD; c++)
				for (m = 0; m < 2; m++) {
					f = good_facts();
					anothers(&f, 0);
					f.purpose = (enum purpose)p;
					f.mode = modes[m];
					f.consent = (enum consent_fact)c;
					f.tre.custody.holder =
					    f.platform.custody.holder =
						(enum custody_fact)h;
					decide(&f, NOW, &v);
					may = h == CUSTODY_IS_ANOTHERS
					    ? c == CONSENT_IS_GOOD &&
						p == PURPOSE_CHANGE_OF_OPERATOR
					    : h != CUSTODY_IS_UNKNOWN &&
						c != CONSENT_IS_BAD;
					assert_int_equal(v.kind,
					    may ? VERDICT_PERMIT
						: VERDICT_REFUSE);
				}
}

static void
a_lock_ends_at_its_second_and_a_dispute_does_not(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	anothers(&f, NOW);
	f.consent = CONSENT_IS_GOOD;
	decide(&f, NOW - 1, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], MIGRATION_LOCKED);
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	f.platform.custody.disputed = true;
	decide(&f, NOW, &v);
	assert_int_equal(v.reasons[0], MIGRATION_LOCKED);
	/* who shows nothing hears of no lock; who has it, is not held up */
	f.consent = CONSENT_IS_ABSENT;
	decide(&f, NOW - 1, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], CONSENT_MISSING);
	f.tre.custody.holder = f.platform.custody.holder = CUSTODY_IS_OWN;
	decide(&f, NOW - 1, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
}

/* Whatever it is asked for, and however. */
static void
a_stolen_device_gets_nothing(void **state)
{
	static const enum decision_mode modes[] = { MODE_TRE_AND_PLATFORM,
		MODE_PLATFORM_ONLY };
	struct facts f;
	struct verdict v;
	int p, m, side;

	(void)state;
	for (p = PURPOSE_INITIAL_DOWNLOAD; p <= PURPOSE_PRECHECK; p++)
		for (m = 0; m < 2; m++)
			for (side = m; side < 2; side++) {
				f = good_facts();
				f.purpose = (enum purpose)p;
				f.mode = modes[m];
				*(side == 0 ? &f.tre.device
					    : &f.platform.device) =
				    DEVICE_IS_STOLEN;
				decide(&f, NOW, &v);
				assert_int_equal(v.kind, VERDICT_REFUSE);
				assert_int_equal(v.reasons[0], DEVICE_STOLEN);
			}
}

static void
each_reason_has_facts_that_yield_exactly_it(void **state)
{
	struct verdict v;
	struct facts f;
	size_t i;

	(void)state;
	for (i = 0; i < NCASES; i++) {
		f = good_facts();
		cases[i].spoil(&f);
		decide(&f, NOW, &v);
		assert_int_equal(v.nreasons, 1);
		assert_string_equal(reason_get(v.reasons[0])->code,
		    reason_get(cases[i].want)->code);
		assert_int_not_equal(v.kind, VERDICT_PERMIT);
	}
}

static void
every_reason_is_tried_above(void **state)
{
	size_t i;
	int r;

	(void)state;
	for (r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		assert_int_equal(reason_find(reason_get(r)->code), r);
		if (reason_get(r)->weight == WEIGHT_WARN)
			continue;
		for (i = 0; i < NCASES && (int)cases[i].want != r; i++)
			;
		assert_true(i < NCASES);
	}
}

static void
a_later_check_is_not_made_after_one_that_ends_it(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.tre.registered = false;
	f.tre.standing = STANDING_REVOKED;
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], CERTIFICATE_NOT_ISSUED);
}

static void
reports_all_of_the_others_in_order(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.platform.device = DEVICE_IS_STOLEN;
	f.bound_by_register = false;
	f.platform.standing = STANDING_REVOKED;
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 3);
	assert_int_equal(v.reasons[0], CERTIFICATE_REVOKED);
	assert_int_equal(v.reasons[1], BINDING_MISMATCH);
	assert_int_equal(v.reasons[2], DEVICE_STOLEN);
}

static void
an_expired_accreditation_has_grace_to_the_second(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.tre.model.expires = NOW - 365 * DAY + 1;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	assert_int_equal(v.warnings[0], COC_GRACE);
	decide(&f, NOW + 1, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	assert_int_equal(v.reasons[0], COC_EXPIRED);
}

static void
warns_of_what_is_provisional_or_ends_soon(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.platform.model.now = COC_IS_PROVISIONAL;
	f.tre.model.expires = NOW + 30 * DAY;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	assert_int_equal(v.nwarnings, 2);
	assert_int_equal(v.warnings[0], COC_EXPIRES_SOON);
	assert_int_equal(v.warnings[1], COC_PROVISIONAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permits_when_nothing_speaks_against_it),
		cmocka_unit_test(another_has_the_device_only_with_consent),
		cmocka_unit_test(
		    a_lock_ends_at_its_second_and_a_dispute_does_not),
		cmocka_unit_test(a_stolen_device_gets_nothing),
		cmocka_unit_test(each_reason_has_facts_that_yield_exactly_it),
		cmocka_unit_test(every_reason_is_tried_above),
		cmocka_unit_test(
		    a_later_check_is_not_made_after_one_that_ends_it),
		cmocka_unit_test(reports_all_of_the_others_in_order),
		cmocka_unit_test(
		    an_expired_accreditation_has_grace_to_the_second),
		cmocka_unit_test(warns_of_what_is_provisional_or_ends_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
