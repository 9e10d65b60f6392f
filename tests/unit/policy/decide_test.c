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

/* What is decided with that evidence, and the first reason. */
static enum reason
with_evidence(struct evidence_facts e, enum purpose purpose)
{
	struct facts f = good_facts();
	struct verdict v;

	f.evidence = e;
	f.purpose = purpose;
	decide(&f, NOW, &v);
	return v.nreasons > 0 ? v.reasons[0] : REASON_NONE;
}

static void
measurements_count_where_the_kind_of_tre_asks_for_them(void **state)
{
	struct evidence_facts quote = {
		.asked = EVIDENCE_TPM_QUOTE,
		.shown = EVIDENCE_TPM_QUOTE,
		.well_formed = true,
		.key_enrolled = true,
		.order = ORDER_IS_GOOD,
		.measurement = MEASUREMENT_IS_GOOD,
	}, e;

	(void)state;
#define SAID(e) with_evidence(e, PURPOSE_INITIAL_DOWNLOAD)
	assert_int_equal(SAID(quote), REASON_NONE);
	e = quote;
	e.measurement = MEASUREMENT_IS_NOT_ASKED;
	assert_int_equal(SAID(e), MEASUREMENT_UNKNOWN);
	e = quote;
	e.shown = EVIDENCE_TRANSCRIPT;
	assert_int_equal(SAID(e), EVIDENCE_MISSING);
	/* a precheck needs none, and looks at what there is */
	e.shown = EVIDENCE_NONE;
	assert_int_equal(with_evidence(e, PURPOSE_PRECHECK), PRECHECK_ONLY);
	e = quote;
	e.measurement = MEASUREMENT_IS_BAD;
	assert_int_equal(with_evidence(e, PURPOSE_PRECHECK), MEASUREMENT_BAD);
	/* DICE: the layers are certified by the TrE's own key */
	e = quote;
	e.asked = e.shown = EVIDENCE_DICE;
	e.key_enrolled = false;
	assert_int_equal(SAID(e), REASON_NONE);
	memset(&e, 0, sizeof(e));
	assert_int_equal(SAID(e), EVIDENCE_MISSING);
#undef SAID
}

static void
a_tpm_only_goes_on(void **state)
{
	struct facts f = good_facts();
	struct verdict v;

	(void)state;
	quote_in_order(&f, ORDER_IS_GOOD);
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_PERMIT);
	quote_in_order(&f, ORDER_IS_UNKNOWN);
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], EVIDENCE_STALE);
	quote_in_order(&f, ORDER_IS_OVERTAKEN);
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], EVIDENCE_STALE);
	quote_in_order(&f, ORDER_IS_BACK);
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], TAMPER_INDICATED);
	/* another's counters say nothing of it */
	f.tre.possession = false;
	f.evidence.order = ORDER_IS_UNKNOWN;
	decide(&f, NOW, &v);
	assert_int_equal(v.nreasons, 1);
	assert_int_equal(v.reasons[0], POSSESSION_TRE);
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
		cmocka_unit_test(an_effect_may_spare_what_was_issued_before),
		cmocka_unit_test(
		    a_measure_says_what_becomes_of_existing_devices),
		cmocka_unit_test(
		    a_range_of_firmware_concerns_what_may_be_in_it),
		cmocka_unit_test(a_minimum_firmware_is_reached_or_refused),
		cmocka_unit_test(
		    measurements_count_where_the_kind_of_tre_asks_for_them),
		cmocka_unit_test(a_tpm_only_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
