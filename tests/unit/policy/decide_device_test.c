/*
 * What a TrE shows of itself: where it counts, and that a TPM only goes on.
 */

#include "decide_cases.h"

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
		cmocka_unit_test(
		    measurements_count_where_the_kind_of_tre_asks_for_them),
		cmocka_unit_test(a_tpm_only_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
