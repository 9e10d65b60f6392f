/*
 * Offline decisions: what speaks against a device by a kit alone, reason by
 * reason; and that none is ever a permit.
 */

#include "../../test.h"

#include "kit/judge.h"
#include "tests/unit/ca/kit/maker.h"

#define LATER (PKI_NOW + 5 * HOUR) /* when the questions are asked */

static struct maker maker;
static struct key *tre_key, *terminal_key;
static struct buf tre, terminal, alone; /* alone: bound to another TrE */
static struct roots roots;
static const uint8_t zeroes[32];

static void
certify(enum profile_kind kind, uint64_t index, const struct key *key,
    const uint8_t bound_to[32], struct buf *der)
{
	static const uint8_t id[20] = { 2 };
	struct pki_ca *ca = maker_ca(&maker, kind == PROFILE_TERMINAL);
	struct template_spec s = pki_spec(&maker.pki, kind, ca);
	uint8_t space[CERT_MAX], serial[SERIAL_SIZE];
	struct template_row row = {
		.index = index,
		.key = KEY_P256,
		.point = key_point(key),
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(bound_to, 32), span_of(id, 20),
		    span_of(serial, SERIAL_SIZE) },
	};
	struct template *t = template_new(&s);
	struct span done = { NULL, 0 };

	pki_must(t != NULL);
	serial_make(maker.pki.serials, ca->id, index, serial);
	row.serial = span_of(serial, sizeof(serial));
	pki_must(template_build(t, &row, space, sizeof(space), &done) == 0);
	buf_put_span(der, done);
	template_free(t);
}

static int
setup(void **state)
{
	uint8_t bound[32];

	(void)state;
	maker_start(&maker);
	tre_key = key_generate(KEY_P256);
	terminal_key = key_generate(KEY_P256);
	hash_sha256(key_spki(tre_key), bound);
	certify(PROFILE_TRE, 3, tre_key, bound, &tre);
	certify(PROFILE_TERMINAL, 4, terminal_key, bound, &terminal);
	certify(PROFILE_TERMINAL, 5, terminal_key, zeroes, &alone);
	return roots_read(buf_span(&maker.pki.root.der), &roots);
}

static int
teardown(void **state)
{
	(void)state;
	key_free(tre_key);
	key_free(terminal_key);
	buf_free(&tre);
	buf_free(&terminal);
	buf_free(&alone);
	roots_free(&roots);
	maker_stop(&maker);
	return 0;
}

/* A snapshot that has nothing against them; to be changed, then ended. */
static void
begin(struct made_kit *k)
{
	maker_begin(&maker, k, KIT_FULL, 1, zeroes);
}

static struct kit_question
question(void)
{
	return (struct kit_question){
		.tre = { buf_span(&tre), buf_span(&maker.pki.tre.der) },
		.terminal = { buf_span(&terminal),
		    buf_span(&maker.pki.terminal.der) },
		.now = LATER,
	};
}

static struct kit_answer
ask(struct made_kit *k, const struct kit_question *q)
{
	struct kit_chain c = KIT_CHAIN_EMPTY;
	struct kit_answer a;

	maker_end(&maker, k);
	assert_int_equal(maker_add(&c, k), 0);
	assert_int_equal(kit_judge(&c, &roots, q, &a), 0);
	assert_int_not_equal(a.verdict.kind, VERDICT_PERMIT);
	kit_chain_free(&c);
	maker_free(k);
	return a;
}

static void
answers(const struct kit_answer *a, enum verdict_kind kind, enum reason reason)
{
	assert_string_equal(
	    reason_get(a->verdict.reasons[0])->code, reason_get(reason)->code);
	assert_int_equal(a->verdict.kind, kind);
}

static void
refused_for(struct made_kit *k, enum reason reason)
{
	struct kit_question q = question();
	struct kit_answer a = ask(k, &q);

	answers(&a, VERDICT_REFUSE, reason);
}

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

/* ---- 3 and 4 */

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

/* ---- 5 and 6 */

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

/* ---- 7 */

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

/* ---- 10 */

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

/* ---- 11 */

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
		cmocka_unit_test(
		    never_permits_though_nothing_speaks_against_it),
		cmocka_unit_test(judges_a_terminal_alone),
		cmocka_unit_test(refuses_what_leads_to_no_root),
		cmocka_unit_test(refuses_by_status),
		cmocka_unit_test(cannot_tell_of_a_lot_under_a_measure),
		cmocka_unit_test(cannot_tell_of_what_is_newer),
		cmocka_unit_test(does_not_refuse_for_what_it_is_too_old_for),
		cmocka_unit_test(cannot_tell_of_a_delegated_ca),
		cmocka_unit_test(cannot_tell_of_a_ca_unknown_to_the_kit),
		cmocka_unit_test(refuses_what_an_issuer_that_fell_has_signed),
		cmocka_unit_test(goes_no_further_than_it_is_asked_to),
		cmocka_unit_test(gives_no_answer_from_next_update_on),
		cmocka_unit_test(
		    refuses_another_tre_than_the_one_it_is_bound_to),
		cmocka_unit_test(refuses_another_tac_or_imei),
		cmocka_unit_test(refuses_by_accreditation),
		cmocka_unit_test(refuses_a_model_that_the_kit_does_not_have),
		cmocka_unit_test(refuses_a_site_that_was_not_accredited),
		cmocka_unit_test(refuses_by_a_measure_on_any_cohort),
		cmocka_unit_test(lets_go_on_what_was_issued_before),
		cmocka_unit_test(asks_for_the_firmware_of_tres_alone),
		cmocka_unit_test(
		    refuses_when_there_are_more_measures_than_it_weighs),
		cmocka_unit_test(refuses_a_cohort_that_is_revoked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
