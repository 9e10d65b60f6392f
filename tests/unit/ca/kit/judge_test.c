/*
 * Offline decisions: what speaks against a device by a kit alone, reason by
 * reason; and that none is ever a permit.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/kit/judge_kit.h"

/* ---- nothing against it */

static void
never_permits_though_nothing_speaks_against_it(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	assert_int_equal(a.verdict.nreasons, 1);
	assert_int_equal(a.age, 4 * HOUR);
	assert_int_equal(a.tre, KIT_KNOWS);
	assert_int_equal(a.terminal, KIT_KNOWS);
}

static void
judges_a_terminal_alone(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	q.tre[0] = q.tre[1] = span_of(NULL, 0);
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, NO_CERTIFICATE);
	q.platform_only = true;
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
}

/* ---- checks 3 and 4 */

static void
refuses_what_leads_to_no_root(void **state)
{
	struct kit_question q = question();
	struct buf other = BUF_EMPTY;
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	q.terminal[1] = span_of(NULL, 0);
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, CHAIN_LENGTH);
	q = question();
	q.terminal[0] = q.tre[0];
	q.terminal[1] = q.tre[1];
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, ROLE_MISMATCH);
	q = question();
	buf_put_span(&other, q.tre[0]);
	other.p[other.n - 1] ^= 1;
	q.tre[0] = buf_span(&other);
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, CHAIN_SIGNATURE);
	buf_putc(&other, 0);
	q.tre[0] = buf_span(&other);
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, CERTIFICATE_MALFORMED);
	buf_free(&other);
}

/* ---- check 7 */

static void
refuses_another_tre_than_the_one_it_is_bound_to(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	q.terminal[0] = buf_span(&alone);
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, BINDING_MISMATCH);
}

static void
refuses_another_tac_or_imei(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	q.tac = "35693803";
	q.imei = "356938035643809";
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	q.tac = "35693804";
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, DEVICE_ID_MISMATCH);
	q.tac = NULL;
	q.imei = "356938045643809";
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, DEVICE_ID_MISMATCH);
	q.imei = "3569380";
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_REFUSE, DEVICE_ID_MISMATCH);
}

/* ---- check 10 */

/* The models: hardware platform, TrE, terminal. */
static void
refuses_by_accreditation(void **state)
{
	struct made_kit k;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&k);
		k.kit.models[i].coc.now = COC_IS_SUSPENDED;
		refused_for(&k, COC_SUSPENDED);
		begin(&k);
		k.kit.models[i].coc.now = COC_IS_WITHDRAWN;
		refused_for(&k, COC_WITHDRAWN);
		begin(&k);
		k.kit.models[i].coc.expires = LATER;
		refused_for(&k, COC_EXPIRED);
		begin(&k);
		k.kit.models[i].coc.supplier_active = false;
		refused_for(&k, SUPPLIER_SUSPENDED);
		begin(&k);
		k.kit.models[i].coc.declaration = DECLARATION_IS_ABSENT;
		refused_for(&k, DECLARATION_MISSING);
		begin(&k);
		k.kit.models[i].coc.declaration = DECLARATION_IS_CHALLENGED;
		refused_for(&k, DECLARATION_CHALLENGED);
		begin(&k);
		k.kit.models[i].accredited.n = 0;
		refused_for(&k, MODEL_NOT_ACCREDITED);
		begin(&k);
		k.kit.models[i].accredited.all[0].from = PKI_NOW + 1;
		refused_for(&k, MODEL_NOT_ACCREDITED);
		begin(&k);
		k.kit.models[i].accredited.all[0].to = PKI_NOW;
		refused_for(&k, MODEL_NOT_ACCREDITED);
	}
}

static void
refuses_a_model_that_the_kit_does_not_have(void **state)
{
	struct made_kit k;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&k);
		SAY(k.kit.models[i].handle, "another");
		refused_for(&k, SUPPLIER_SUSPENDED); /* of none: the first */
	}
}

static void
refuses_a_site_that_was_not_accredited(void **state)
{
	struct made_kit k;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(&k);
		k.kit.sites[i].accredited.all[0].to = PKI_NOW;
		refused_for(&k, SITE_NOT_ACCREDITED_AT_ISSUE);
		begin(&k);
		SAY(k.kit.sites[i].coc, "TRE-2026-000099");
		refused_for(&k, SITE_NOT_ACCREDITED_AT_ISSUE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    never_permits_though_nothing_speaks_against_it),
		cmocka_unit_test(judges_a_terminal_alone),
		cmocka_unit_test(refuses_what_leads_to_no_root),
		cmocka_unit_test(
		    refuses_another_tre_than_the_one_it_is_bound_to),
		cmocka_unit_test(refuses_another_tac_or_imei),
		cmocka_unit_test(refuses_by_accreditation),
		cmocka_unit_test(refuses_a_model_that_the_kit_does_not_have),
		cmocka_unit_test(refuses_a_site_that_was_not_accredited),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
