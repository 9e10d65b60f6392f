/*
 * Offline decisions by measure (check 11): on any cohort, and only
 * on what it is about.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/kit/judge_kit.h"

static struct kit_measure *
measure(struct made_kit *k, enum kit_scope kind, const char *scope)
{
	struct kit_measure *m;

	k->kit.measures = xrealloc(
	    k->kit.measures, (k->kit.nmeasures + 1) * sizeof(*k->kit.measures));
	m = &k->kit.measures[k->kit.nmeasures++];
	memset(m, 0, sizeof(*m));
	m->kind = kind;
	SAY(m->scope, scope);
	(void)snprintf(m->fact.number, sizeof(m->fact.number), "MEA-2026-%06zu",
	    k->kit.nmeasures);
	m->fact.reason = MEASURE_DOWNLOAD_FREEZE;
	m->fact.effect = EFFECT_REFUSE;
	m->fact.since = PKI_NOW + 60;
	return m;
}

static void
key_id_of(int which, char hex[41])
{
	struct span id =
	    path_ca_cert(maker_ca(&maker, which)->ca)->subject_key_id;
	size_t i;

	for (i = 0; i < id.n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id.p[i]);
}

static void
refuses_by_a_measure_on_any_cohort(void **state)
{
	static const struct {
		enum kit_scope kind;
		const char *scope, *other;
	} on[] = {
		{ KIT_SCOPE_ORGANISATION, "acme", "other" },
		{ KIT_SCOPE_SITE, "acme-plant", "other" },
		{ KIT_SCOPE_PLATFORM, "board-1", "tre-model" },
		{ KIT_SCOPE_MODEL, "tre-model", "board-1" },
		{ KIT_SCOPE_MODEL, "meter", "acme" },
	};
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;
	char hex[41];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		begin(&k);
		measure(&k, on[i].kind, on[i].scope);
		refused_for(&k, MEASURE_DOWNLOAD_FREEZE);
		begin(&k);
		measure(&k, on[i].kind, on[i].other);
		a = ask(&k, &q);
		answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	}
	for (i = 0; i < 2; i++) {
		key_id_of((int)i, hex);
		begin(&k);
		measure(&k, KIT_SCOPE_ISSUER, hex);
		refused_for(&k, MEASURE_DOWNLOAD_FREEZE);
	}
}

static void
lets_go_on_what_was_issued_before(void **state)
{
	struct kit_question q = question();
	struct made_kit k;
	struct kit_answer a;

	(void)state;
	begin(&k);
	measure(&k, KIT_SCOPE_MODEL, "meter")->fact.effect =
	    EFFECT_PERMIT_IF_ISSUED_BEFORE;
	a = ask(&k, &q);
	answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	begin(&k);
	measure(&k, KIT_SCOPE_MODEL, "meter")->fact.effect =
	    EFFECT_PERMIT_IF_ISSUED_BEFORE;
	k.kit.measures[0].fact.since = PKI_NOW;
	refused_for(&k, MEASURE_DOWNLOAD_FREEZE);
}

static void
asks_for_the_firmware_of_tres_alone(void **state)
{
	struct kit_question q = question();
	struct kit_measure *m;
	struct made_kit k;
	struct kit_answer a;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		begin(&k);
		m = measure(
		    &k, KIT_SCOPE_MODEL, i == 2 ? "meter" : "tre-model");
		m->fact.reason = MEASURE_MINIMUM_FIRMWARE;
		SAY(m->fact.least_firmware, "2.2");
		q.firmware = i == 0 ? "2.1" : "2.3";
		a = ask(&k, &q);
		if (i == 0)
			answers(&a, VERDICT_REFUSE, FIRMWARE_BELOW_MINIMUM);
		else
			answers(&a, VERDICT_INDETERMINATE, PRECHECK_ONLY);
	}
	begin(&k);
	m = measure(&k, KIT_SCOPE_MODEL, "tre-model");
	m->fact.reason = MEASURE_MINIMUM_FIRMWARE;
	SAY(m->fact.least_firmware, "2.2");
	refused_for(&k, MEASURE_MINIMUM_FIRMWARE); /* none was said */
}

static void
refuses_when_there_are_more_measures_than_it_weighs(void **state)
{
	struct made_kit k;
	int i;

	(void)state;
	begin(&k);
	for (i = 0; i < FACTS_MEASURES + 1; i++)
		measure(&k, KIT_SCOPE_ORGANISATION, "acme")->fact.effect =
		    EFFECT_PERMIT;
	refused_for(&k, MEASURE_BAN);
}

static void
refuses_a_cohort_that_is_revoked(void **state)
{
	struct made_kit k;

	(void)state;
	begin(&k);
	k.kit.cohorts = xcalloc(1, sizeof(*k.kit.cohorts));
	k.kit.ncohorts = 1;
	k.kit.cohorts[0].kind = KIT_SCOPE_SITE;
	SAY(k.kit.cohorts[0].scope, "acme-plant");
	k.kit.cohorts[0].standing = STANDING_REVOKED;
	refused_for(&k, CERTIFICATE_REVOKED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_by_a_measure_on_any_cohort),
		cmocka_unit_test(lets_go_on_what_was_issued_before),
		cmocka_unit_test(asks_for_the_firmware_of_tres_alone),
		cmocka_unit_test(
		    refuses_when_there_are_more_measures_than_it_weighs),
		cmocka_unit_test(refuses_a_cohort_that_is_revoked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
