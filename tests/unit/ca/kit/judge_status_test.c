/*
 * Offline decisions by status (checks 5 and 6): of a certificate,
 * its lot, its issuer; and what a kit is too old to tell of.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/kit/judge_kit.h"

static void
refuses_by_status(void **state)
{
	static const struct {
		enum kit_class class;
		enum reason reason;
	} of[] = {
		{ KIT_REVOKED, CERTIFICATE_REVOKED },
		{ KIT_HELD, CERTIFICATE_ON_HOLD },
		{ KIT_NEVER, CERTIFICATE_NOT_ISSUED },
	};
	struct made_kit k;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&k);
		kit_members_add(&k.members[0], of[i].class, 3, 1);
		refused_for(&k, of[i].reason);
		begin(&k);
		kit_members_add(&k.members[1], of[i].class, 4, 1);
		refused_for(&k, of[i].reason);
	}
}

/* As the kit alone knows it, of the TrE. */
static enum standing
stands(struct made_kit *k, enum kit_gap *gap)
{
	struct kit_chain c = KIT_CHAIN_EMPTY;
	enum standing standing;
	struct cert cert;

	maker_end(&maker, k);
	assert_int_equal(maker_add(&c, k), 0);
	assert_int_equal(cert_parse(buf_span(&tre), &cert), 0);
	standing = kit_judge_standing(&c, &cert, gap);
	kit_chain_free(&c);
	maker_free(k);
	return standing;
}

/* Begin one that has that measure, and what of its models it is on. */
static void
begin_measure(struct made_kit *k, const char *model, enum effect effect)
{
	struct kit_measure *m = xcalloc(1, sizeof(*m));

	begin(k);
	m->kind = KIT_SCOPE_MODEL;
	SAY(m->scope, model);
	SAY(m->fact.number, "MSR-1");
	m->fact.reason = MEASURE_HOLD;
	m->fact.effect = effect;
	k->kit.measures = m;
	k->kit.nmeasures = 1;
}

static void
says_how_a_certificate_stands(void **state)
{
	static const struct {
		enum kit_class class;
		enum standing standing;
	} of[] = {
		{ KIT_GOOD, STANDING_GOOD },
		{ KIT_REVOKED, STANDING_REVOKED },
		{ KIT_HELD, STANDING_ON_HOLD },
		{ KIT_NEVER, STANDING_UNKNOWN },
	};
	struct made_kit k;
	enum kit_gap gap;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		begin(&k);
		if (of[i].class != KIT_GOOD)
			kit_members_add(&k.members[0], of[i].class, 3, 1);
		assert_int_equal(stands(&k, &gap), of[i].standing);
		assert_int_equal(gap, KIT_KNOWS);
	}
}

/* Of another, not at all; revoked counts before on hold. */
static void
says_how_what_it_belongs_to_stands(void **state)
{
	struct made_kit k;
	enum kit_gap gap;

	(void)state;
	begin_measure(&k, "another", EFFECT_HOLD);
	assert_int_equal(stands(&k, &gap), STANDING_GOOD);
	begin_measure(
	    &k, "tre-model", EFFECT_REFUSE); /* no certificate shows that */
	assert_int_equal(stands(&k, &gap), STANDING_GOOD);
	begin_measure(&k, "tre-model", EFFECT_HOLD);
	assert_int_equal(stands(&k, &gap), STANDING_ON_HOLD);
	begin_measure(&k, "tre-model", EFFECT_HOLD);
	kit_members_add(&k.members[0], KIT_REVOKED, 3, 1);
	assert_int_equal(stands(&k, &gap), STANDING_REVOKED);

	begin_measure(&k, "tre-model", EFFECT_HOLD);
	k.kit.cohorts = xcalloc(1, sizeof(*k.kit.cohorts));
	k.kit.ncohorts = 1;
	k.kit.cohorts[0].kind = KIT_SCOPE_ORGANISATION;
	SAY(k.kit.cohorts[0].scope, k.kit.models[0].organisation);
	k.kit.cohorts[0].standing = STANDING_REVOKED;
	assert_int_equal(stands(&k, &gap), STANDING_REVOKED);
}

static void
does_not_know_how_what_is_newer_stands(void **state)
{
	struct made_kit k;
	enum kit_gap gap;

	(void)state;
	begin(&k);
	k.kit.covered = PKI_NOW - k.kit.backdate; /* their notBefore */
	(void)stands(&k, &gap);
	assert_int_equal(gap, KIT_TOO_OLD);
	begin(&k);
	kit_members_add(&k.members[0], KIT_ASK, 0, 10);
	(void)stands(&k, &gap);
	assert_int_equal(gap, KIT_LOT);
}

static void
cannot_tell_of_a_lot_under_a_measure(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	kit_members_add(&k.members[0], KIT_ASK, 0, 10);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
	assert_int_equal(a.tre, KIT_LOT);
}

static void
cannot_tell_of_what_is_newer(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	k.kit.covered = PKI_NOW - k.kit.backdate; /* their notBefore */
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
	assert_int_equal(a.tre, KIT_TOO_OLD);
	assert_int_equal(a.terminal, KIT_TOO_OLD);
}

/* Of a model, or under a CoC, that is newer than the kit. */
static void
does_not_refuse_for_what_it_is_too_old_for(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&k);
		k.kit.covered = PKI_NOW - k.kit.backdate;
		SAY(k.kit.models[i].handle, "another");
		k.kit.sites[0].accredited.n = 0;
		a = ask(&k, &q);
		answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
		assert_int_equal(a.verdict.nreasons, 1);
		begin(&k);
		k.kit.covered = PKI_NOW - k.kit.backdate;
		k.kit.models[i].coc.now = COC_IS_WITHDRAWN;
		a = ask(&k, &q);
		assert_int_equal(a.verdict.kind, VERDICT_REFUSE);
	}
}

static void
cannot_tell_of_a_delegated_ca(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	k.kit.issuers[1].delegated = true;
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
	assert_int_equal(a.terminal, KIT_DELEGATED);
}

static void
cannot_tell_of_a_ca_unknown_to_the_kit(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	k.kit.issuers[0].key_id = span_of(zeroes, 20);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
	assert_int_equal(a.tre, KIT_TOO_OLD);
}

static void
refuses_what_an_issuer_that_fell_has_signed(void **state)
{
	struct made_kit k;

	(void)state;
	begin(&k);
	k.kit.issuers[0].standing = STANDING_REVOKED;
	refused_for(&k, ISSUER_REVOKED);
	begin(&k);
	k.kit.issuers[1].standing = STANDING_ON_HOLD;
	refused_for(&k, ISSUER_REVOKED);
}

static void
goes_no_further_than_it_is_asked_to(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	q.max_status_age = 4 * HOUR;
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	q.max_status_age = 4 * HOUR - 1;
	begin(&k);
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, STATUS_STALE);
}

static void
gives_no_answer_from_next_update_on(void **state)
{
	struct kit_question q = question();
	struct kit_chain c = KIT_CHAIN_EMPTY;
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	maker_end(&maker, &k);
	assert_int_equal(kit_judge(&c, &roots, &q, &a), -1);
	assert_string_equal(err_code(), "KIT_ABSENT");
	assert_int_equal(maker_add(&c, &k), 0);
	q.now = k.kit.next_update - 1;
	assert_int_equal(kit_judge(&c, &roots, &q, &a), 0);
	q.now = k.kit.next_update;
	assert_int_equal(kit_judge(&c, &roots, &q, &a), -1);
	assert_string_equal(err_code(), "KIT_STALE");
	q.now = k.kit.issued - 301;
	assert_int_equal(kit_judge(&c, &roots, &q, &a), -1);
	assert_string_equal(err_code(), "KIT_NOT_YET");
	kit_chain_free(&c);
	maker_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_by_status),
		cmocka_unit_test(says_how_a_certificate_stands),
		cmocka_unit_test(says_how_what_it_belongs_to_stands),
		cmocka_unit_test(does_not_know_how_what_is_newer_stands),
		cmocka_unit_test(cannot_tell_of_a_lot_under_a_measure),
		cmocka_unit_test(cannot_tell_of_what_is_newer),
		cmocka_unit_test(does_not_refuse_for_what_it_is_too_old_for),
		cmocka_unit_test(cannot_tell_of_a_delegated_ca),
		cmocka_unit_test(cannot_tell_of_a_ca_unknown_to_the_kit),
		cmocka_unit_test(refuses_what_an_issuer_that_fell_has_signed),
		cmocka_unit_test(goes_no_further_than_it_is_asked_to),
		cmocka_unit_test(gives_no_answer_from_next_update_on),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
