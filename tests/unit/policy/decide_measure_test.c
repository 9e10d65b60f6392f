/*
 * Measures and CoCs that are no more: what they say of existing devices, and of
 * which firmware.
 */

#include "decide_cases.h"

static void
an_effect_may_spare_what_was_issued_before(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	f.tre.model.now = COC_IS_SUSPENDED;
	f.tre.model.on_suspended = EFFECT_PERMIT_IF_ISSUED_BEFORE;
	f.tre.model.since = f.tre.issued + 1;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	f.tre.model.since = f.tre.issued;
	decide(&f, NOW, &v);
	assert_int_equal(v.reasons[0], COC_SUSPENDED);
}

/* What is decided under one measure, said of a device issued at some time. */
static enum verdict_kind
under(const struct measure_fact *m, const char *firmware)
{
	struct facts f = good_facts();
	struct verdict v;

	f.measures[f.nmeasures++] = *m;
	claim_firmware(&f, firmware);
	decide(&f, NOW, &v);
	return v.kind;
}

static void
a_measure_says_what_becomes_of_existing_devices(void **state)
{
	static const struct {
		enum effect effect;
		bool issued_before;
		enum verdict_kind want;
	} table[] = {
		{ EFFECT_REFUSE, true, VERDICT_REFUSE },
		{ EFFECT_REFUSE, false, VERDICT_REFUSE },
		{ EFFECT_HOLD, true, VERDICT_REFUSE },
		{ EFFECT_HOLD, false, VERDICT_REFUSE },
		{ EFFECT_PERMIT, true, VERDICT_PERMIT },
		{ EFFECT_PERMIT, false, VERDICT_PERMIT },
		{ EFFECT_PERMIT_IF_ISSUED_BEFORE, true, VERDICT_PERMIT },
		{ EFFECT_PERMIT_IF_ISSUED_BEFORE, false, VERDICT_REFUSE },
	};
	struct measure_fact m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		m = a_measure(MEASURE_DOWNLOAD_FREEZE, table[i].effect);
		m.since = m.issued + (table[i].issued_before ? 1 : 0);
		assert_int_equal(under(&m, ""), table[i].want);
	}
}

/* A corrective action asks its supplier for something, and no device. */
static void
a_measure_without_a_reason_forbids_nothing(void **state)
{
	struct measure_fact m = a_measure(REASON_NONE, EFFECT_REFUSE);

	(void)state;
	assert_int_equal(under(&m, ""), VERDICT_PERMIT);
	assert_false(measure_forbids(&m));
}

static void
a_range_of_firmware_concerns_what_may_be_in_it(void **state)
{
	struct measure_fact m =
	    a_measure(MEASURE_DOWNLOAD_FREEZE, EFFECT_REFUSE);

	(void)state;
	strcpy(m.from, "2.1");
	strcpy(m.to, "2.3");
	assert_int_equal(under(&m, "2.0.9"), VERDICT_PERMIT);
	assert_int_equal(under(&m, "2.1"), VERDICT_REFUSE);
	assert_int_equal(under(&m, "2.2.5"), VERDICT_REFUSE);
	assert_int_equal(under(&m, "2.3.0"), VERDICT_REFUSE);
	assert_int_equal(under(&m, "2.3.1"), VERDICT_PERMIT);
	/* unknown is inside */
	assert_int_equal(under(&m, ""), VERDICT_REFUSE);
	assert_int_equal(under(&m, "beta"), VERDICT_REFUSE);
	m.to[0] = '\0';
	assert_int_equal(under(&m, "99"), VERDICT_REFUSE);
	assert_int_equal(under(&m, "2"), VERDICT_PERMIT);
	m.from[0] = '\0';
	strcpy(
	    m.to, "nonsense"); /* a bound that we cannot read bounds nothing */
	assert_int_equal(under(&m, "1"), VERDICT_REFUSE);
}

static void
a_minimum_firmware_is_reached_or_refused(void **state)
{
	struct measure_fact m =
	    a_measure(MEASURE_MINIMUM_FIRMWARE, EFFECT_REFUSE);
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	assert_int_equal(under(&m, "2.10"), VERDICT_PERMIT);
	assert_int_equal(under(&m, "2.10.0"), VERDICT_PERMIT);
	assert_int_equal(under(&m, "10"), VERDICT_PERMIT);
	assert_int_equal(under(&m, "2.9.999"), VERDICT_REFUSE);
	assert_int_equal(under(&m, "2.10-beta"), VERDICT_REFUSE);
	f.measures[f.nmeasures++] = m;
	decide(&f, NOW, &v);
	assert_int_equal(v.reasons[0], MEASURE_MINIMUM_FIRMWARE);
	claim_firmware(&f, "2.9");
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], FIRMWARE_BELOW_MINIMUM);
	m.effect = EFFECT_PERMIT_IF_ISSUED_BEFORE;
	m.since = m.issued + 1;
	assert_int_equal(under(&m, "2.9"), VERDICT_PERMIT);
	strcpy(m.least_firmware, "?"); /* one that nobody can reach */
	m.effect = EFFECT_REFUSE;
	assert_int_equal(under(&m, "99"), VERDICT_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_effect_may_spare_what_was_issued_before),
		cmocka_unit_test(
		    a_measure_says_what_becomes_of_existing_devices),
		cmocka_unit_test(a_measure_without_a_reason_forbids_nothing),
		cmocka_unit_test(
		    a_range_of_firmware_concerns_what_may_be_in_it),
		cmocka_unit_test(a_minimum_firmware_is_reached_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
