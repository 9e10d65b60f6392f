/*
 * The decision engine: each reason has facts that yield exactly it, and no
 * facts reach a permit without the floor.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "policy/decide.h"

#define NOW 1795485784
#define DAY 86400

static struct coc_facts
a_coc(void)
{
	return (struct coc_facts){
		.number = "TRE-2026-000001",
		.model = "tresor-m2",
		.supplier = "tresor",
		.level = 2,
		.audited = NOW - 300 * DAY,
		.at_issue = COC_IS_CERTIFIED,
		.now = COC_IS_CERTIFIED,
		.since = NOW - 200 * DAY,
		.expires = NOW + 200 * DAY,
		.grace_days = 365,
		.on_expired = EFFECT_PERMIT,
		.on_suspended = EFFECT_REFUSE,
		.on_withdrawn = EFFECT_REFUSE,
		.declaration = DECLARATION_IS_IN_FORCE,
		.supplier_active = true,
	};
}

static struct side_facts
a_side(void)
{
	return (struct side_facts){
		.shown = true,
		.path_judged = true,
		.registered = true,
		.standing = STANDING_GOOD,
		.issuer = STANDING_GOOD,
		.status_fresh = true,
		.possession = true,
		.device = DEVICE_IS_FINE,
		.issued = NOW - 100 * DAY,
		.model = a_coc(),
		.site_accredited_at_issue = true,
		.custody = { .holder = CUSTODY_IS_NOBODYS },
	};
}

/* Facts that permit. */
static struct facts
good_facts(void)
{
	return (struct facts){
		.operator_authenticated = true,
		.operator_enabled = true,
		.operator_platform_only = true,
		.form_good = true,
		.purpose = PURPOSE_INITIAL_DOWNLOAD,
		.mode = MODE_TRE_AND_PLATFORM,
		.challenge = CHALLENGE_IS_GOOD,
		.tre = a_side(),
		.platform = a_side(),
		.hardware = a_coc(),
		.bound_by_certificate = true,
		.bound_by_register = true,
		.device_id_fits = true,
		.signed_at = NOW - 1,
		.evidence = { .asked = EVIDENCE_TRANSCRIPT,
		    .shown = EVIDENCE_TRANSCRIPT,
		    .well_formed = true,
		    .measurement = MEASUREMENT_IS_NOT_ASKED },
		.measures_known = true,
		.policy = &operator_policy_floor,
		.validation = VALIDATION_REMOTE,
	};
}

/* In force since before the device was made. */
static struct measure_fact
a_measure(enum reason reason, enum effect effect)
{
	return (struct measure_fact){
		.number = "MEA-2026-000001",
		.reason = reason,
		.since = NOW - 150 * DAY,
		.effect = effect,
		.issued = NOW - 100 * DAY,
		.least = reason == MEASURE_MINIMUM_FIRMWARE,
		.least_firmware = "2.10",
	};
}

static void
claim_firmware(struct facts *f, const char *version)
{
	(void)snprintf(f->firmware, sizeof(f->firmware), "%s", version);
}

/* A policy of these terms alone; they live until the next test. */
static const struct operator_policy *
asks(const char *terms)
{
	static struct operator_policy kept[16];
	static const char *of[16];
	char json[512];
	size_t i;

	for (i = 0; i < 16 && of[i] != NULL; i++)
		if (strcmp(of[i], terms) == 0)
			return &kept[i];
	assert_true(i < 16);
	(void)snprintf(json, sizeof(json),
	    "{\"number\":\"POL-2026-000001\",\"version\":1,"
	    "\"sha256\":\"00\",\"terms\":%s}",
	    terms);
	assert_int_equal(operator_policy_read(json, &kept[i]), 0);
	of[i] = terms;
	return &kept[i];
}

/* SPOIL(code, what to do to facts f): then the answer is that code alone. */
#define SPOIL(code, how)                                                       \
	static void spoil_##code(struct facts *f)                              \
	{                                                                      \
		how;                                                           \
	}
#define MEASURE(code)                                                          \
	SPOIL(code,                                                            \
	    f->measures[f->nmeasures++] = a_measure(code, EFFECT_REFUSE))

SPOIL(OPERATOR_UNAUTHENTICATED, f->operator_authenticated = false)
SPOIL(OPERATOR_NOT_ENABLED, f->operator_enabled = false)
SPOIL(MODE_NOT_ALLOWED,
    (f->mode = MODE_PLATFORM_ONLY, f->operator_platform_only = false))
SPOIL(REQUEST_MALFORMED, f->form_good = false)
SPOIL(REQUEST_ID_REUSED, f->request_id_reused = true)
SPOIL(DUPLICATE_IN_BATCH, f->twice = true)
SPOIL(CHALLENGE_UNKNOWN, f->challenge = CHALLENGE_IS_UNKNOWN)
SPOIL(CHALLENGE_EXPIRED, f->challenge = CHALLENGE_IS_EXPIRED)
SPOIL(CHALLENGE_REPLAYED, f->challenge = CHALLENGE_IS_REPLAYED)
SPOIL(NO_CERTIFICATE, f->tre.shown = false)
SPOIL(CERTIFICATE_MALFORMED, f->tre.path = CERTIFICATE_MALFORMED)
SPOIL(ALGORITHM_NOT_ALLOWED, f->platform.path = ALGORITHM_NOT_ALLOWED)
SPOIL(CHAIN_LENGTH, f->tre.path = CHAIN_LENGTH)
SPOIL(CHAIN_UNTRUSTED, f->platform.path_judged = false)
SPOIL(CHAIN_SIGNATURE, f->tre.path = CHAIN_SIGNATURE)
SPOIL(ROLE_MISMATCH, f->tre.path = ROLE_MISMATCH)
SPOIL(ISSUER_OUT_OF_SCOPE, f->tre.path = ISSUER_OUT_OF_SCOPE)
SPOIL(CERTIFICATE_NOT_YET_VALID, f->tre.path = CERTIFICATE_NOT_YET_VALID)
SPOIL(CERTIFICATE_EXPIRED, f->platform.path = CERTIFICATE_EXPIRED)
SPOIL(CERTIFICATE_NOT_ISSUED, f->platform.registered = false)
SPOIL(CERTIFICATE_REVOKED, f->tre.standing = STANDING_REVOKED)
SPOIL(CERTIFICATE_ON_HOLD, f->platform.standing = STANDING_ON_HOLD)
SPOIL(ISSUER_REVOKED, f->tre.issuer = STANDING_REVOKED)
SPOIL(BINDING_MISMATCH, f->bound_by_certificate = false)
SPOIL(TRE_BOUND_ELSEWHERE, f->tre_bound_elsewhere = true)
SPOIL(DEVICE_ID_MISMATCH, f->device_id_fits = false)
SPOIL(TRE_KNOWN_BAD,
    (f->mode = MODE_PLATFORM_ONLY, f->bound_tre_known_bad = true))
SPOIL(POSSESSION_TRE, f->tre.possession = false)
SPOIL(POSSESSION_PLATFORM, f->platform.possession = false)
SPOIL(EVIDENCE_STALE, f->signed_at = NOW - 121)
/* the same by a TPM: another was taken since, or nobody compared it */
static void
quote_in_order(struct facts *f, enum order_fact order)
{
	f->evidence.asked = f->evidence.shown = EVIDENCE_TPM_QUOTE;
	f->evidence.measurement = MEASUREMENT_IS_GOOD;
	f->evidence.key_enrolled = true;
	f->evidence.order = order;
}
SPOIL(EVIDENCE_MISSING, f->evidence.shown = EVIDENCE_NONE)
SPOIL(EVIDENCE_MALFORMED, f->evidence.well_formed = false)
SPOIL(ATTESTATION_KEY_UNKNOWN,
    (f->evidence.asked = f->evidence.shown = EVIDENCE_TPM_QUOTE,
	f->evidence.measurement = MEASUREMENT_IS_GOOD,
	f->evidence.key_enrolled = false))
SPOIL(MEASUREMENT_UNKNOWN, f->evidence.measurement = MEASUREMENT_IS_UNKNOWN)
SPOIL(MEASUREMENT_BAD, f->evidence.measurement = MEASUREMENT_IS_BAD)
SPOIL(TAMPER_INDICATED, f->claims_tamper = true)
SPOIL(DEBUG_ENABLED, f->claims_debug = true)
SPOIL(FIRMWARE_BELOW_MINIMUM,
    (f->measures[f->nmeasures++] = a_measure(
	 MEASURE_MINIMUM_FIRMWARE, EFFECT_REFUSE),
	claim_firmware(f, "2.9.7")))
SPOIL(SUPPLIER_SUSPENDED, f->hardware.supplier_active = false)
SPOIL(SITE_NOT_ACCREDITED_AT_ISSUE, f->tre.site_accredited_at_issue = false)
SPOIL(MODEL_NOT_ACCREDITED, f->platform.model.at_issue = COC_IS_EXPIRED)
SPOIL(COC_SUSPENDED, f->tre.model.now = COC_IS_SUSPENDED)
SPOIL(COC_WITHDRAWN, f->hardware.now = COC_IS_WITHDRAWN)
SPOIL(COC_EXPIRED, f->tre.model.expires = NOW - 365 * DAY)
SPOIL(DECLARATION_MISSING, f->tre.model.declaration = DECLARATION_IS_ABSENT)
SPOIL(DECLARATION_CHALLENGED,
    f->platform.model.declaration = DECLARATION_IS_CHALLENGED)
MEASURE(MEASURE_ISSUANCE_FREEZE)
MEASURE(MEASURE_DOWNLOAD_FREEZE)
MEASURE(MEASURE_HOLD)
MEASURE(MEASURE_MASS_REVOCATION)
MEASURE(MEASURE_MINIMUM_FIRMWARE)
MEASURE(MEASURE_WITHDRAWAL)
MEASURE(MEASURE_BAN)
SPOIL(DEVICE_QUARANTINED, f->tre.device = DEVICE_IS_QUARANTINED)
SPOIL(DEVICE_STOLEN, f->platform.device = DEVICE_IS_STOLEN)
SPOIL(DEVICE_RETIRED, f->platform.device = DEVICE_IS_RETIRED)
static void
anothers(struct facts *f, int64_t locked_until)
{
	f->purpose = PURPOSE_CHANGE_OF_OPERATOR;
	f->tre.custody = f->platform.custody =
	    (struct custody_facts){ .holder = CUSTODY_IS_ANOTHERS,
		    .locked_until = locked_until };
}

SPOIL(CONSENT_MISSING, (anothers(f, 0), f->consent = CONSENT_IS_ABSENT))
SPOIL(CONSENT_INVALID, (anothers(f, 0), f->consent = CONSENT_IS_BAD))
SPOIL(MIGRATION_LOCKED, (anothers(f, NOW + 1), f->consent = CONSENT_IS_GOOD))
SPOIL(POLICY_UNKNOWN, f->policy = NULL)
SPOIL(POLICY_MODE,
    (f->mode = MODE_PLATFORM_ONLY,
	f->policy = asks("{\"platform_only\":false}")))
SPOIL(POLICY_LEVEL,
    (f->platform.model.level = 1, f->policy = asks("{\"min_level\":2}")))
SPOIL(POLICY_PROVISIONAL,
    (f->hardware.now = COC_IS_PROVISIONAL,
	f->policy = asks("{\"accept_provisional\":false}")))
SPOIL(POLICY_SUPPLIER, f->policy = asks("{\"allowed_suppliers\":[\"karren\"]}"))
SPOIL(POLICY_MODEL, f->policy = asks("{\"denied_models\":[\"tresor-m2\"]}"))
SPOIL(POLICY_AUDIT_AGE, f->policy = asks("{\"max_audit_age\":300}"))
SPOIL(POLICY_SELF_DECLARED,
    (f->tre.model.self_declared = true,
	f->policy = asks("{\"accept_self_declared_only\":false}")))
SPOIL(POLICY_GRACE,
    (f->tre.model.expires = NOW - 30 * DAY,
	f->policy = asks("{\"grace_days\":30}")))
SPOIL(POLICY_VALIDATION,
    f->policy = asks("{\"require_validation\":[\"autonomous\"]}"))
SPOIL(POLICY_CONSENT,
    (f->purpose = PURPOSE_CHANGE_OF_OPERATOR,
	f->policy = asks("{\"require_consent\":true}")))
SPOIL(STATUS_STALE, (f->status_age = 11, f->max_status_age = 10))
SPOIL(PRECHECK_ONLY, f->purpose = PURPOSE_PRECHECK)

#define CASE(code)                                                             \
	{                                                                      \
		code, spoil_##code                                             \
	}

static const struct {
	enum reason want;
	void (*spoil)(struct facts *);
} cases[] = { CASE(OPERATOR_UNAUTHENTICATED), CASE(OPERATOR_NOT_ENABLED),
	CASE(MODE_NOT_ALLOWED), CASE(REQUEST_MALFORMED),
	CASE(REQUEST_ID_REUSED), CASE(DUPLICATE_IN_BATCH),
	CASE(CHALLENGE_UNKNOWN), CASE(CHALLENGE_EXPIRED),
	CASE(CHALLENGE_REPLAYED), CASE(NO_CERTIFICATE),
	CASE(CERTIFICATE_MALFORMED), CASE(ALGORITHM_NOT_ALLOWED),
	CASE(CHAIN_LENGTH), CASE(CHAIN_UNTRUSTED), CASE(CHAIN_SIGNATURE),
	CASE(ROLE_MISMATCH), CASE(ISSUER_OUT_OF_SCOPE),
	CASE(CERTIFICATE_NOT_YET_VALID), CASE(CERTIFICATE_EXPIRED),
	CASE(CERTIFICATE_NOT_ISSUED), CASE(CERTIFICATE_REVOKED),
	CASE(CERTIFICATE_ON_HOLD), CASE(ISSUER_REVOKED), CASE(STATUS_STALE),
	CASE(BINDING_MISMATCH), CASE(TRE_BOUND_ELSEWHERE),
	CASE(DEVICE_ID_MISMATCH), CASE(TRE_KNOWN_BAD), CASE(POSSESSION_TRE),
	CASE(POSSESSION_PLATFORM), CASE(EVIDENCE_STALE), CASE(EVIDENCE_MISSING),
	CASE(EVIDENCE_MALFORMED), CASE(ATTESTATION_KEY_UNKNOWN),
	CASE(MEASUREMENT_UNKNOWN), CASE(MEASUREMENT_BAD),
	CASE(TAMPER_INDICATED), CASE(DEBUG_ENABLED),
	CASE(FIRMWARE_BELOW_MINIMUM), CASE(SUPPLIER_SUSPENDED),
	CASE(SITE_NOT_ACCREDITED_AT_ISSUE), CASE(MODEL_NOT_ACCREDITED),
	CASE(COC_SUSPENDED), CASE(COC_WITHDRAWN), CASE(COC_EXPIRED),
	CASE(DECLARATION_MISSING), CASE(DECLARATION_CHALLENGED),
	CASE(MEASURE_ISSUANCE_FREEZE), CASE(MEASURE_DOWNLOAD_FREEZE),
	CASE(MEASURE_HOLD), CASE(MEASURE_MASS_REVOCATION),
	CASE(MEASURE_MINIMUM_FIRMWARE), CASE(MEASURE_WITHDRAWAL),
	CASE(MEASURE_BAN), CASE(DEVICE_QUARANTINED), CASE(DEVICE_STOLEN),
	CASE(DEVICE_RETIRED), CASE(CONSENT_MISSING), CASE(CONSENT_INVALID),
	CASE(MIGRATION_LOCKED), CASE(POLICY_UNKNOWN), CASE(POLICY_MODE),
	CASE(POLICY_LEVEL), CASE(POLICY_PROVISIONAL), CASE(POLICY_SUPPLIER),
	CASE(POLICY_MODEL), CASE(POLICY_AUDIT_AGE), CASE(POLICY_SELF_DECLARED),
	CASE(POLICY_GRACE), CASE(POLICY_VALIDATION), CASE(POLICY_CONSENT),
	CASE(PRECHECK_ONLY) };

#define NCASES (sizeof(cases) / sizeof(cases[0]))

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

static void
nothing_known_is_refused(void **state)
{
	struct facts f;
	struct verdict v;

	(void)state;
	memset(&f, 0, sizeof(f));
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
	f = good_facts();
	f.measures_known = false;
	decide(&f, NOW, &v);
	assert_int_equal(v.kind, VERDICT_REFUSE);
}

/* policy/README.md's floor, written down a second time, by other means */
static bool
side_on_floor(const struct side_facts *s)
{
	return s->shown && s->path_judged && s->path == REASON_NONE &&
	    s->registered && s->standing == STANDING_GOOD &&
	    s->issuer == STANDING_GOOD && s->status_fresh &&
	    (s->model.at_issue == COC_IS_CERTIFIED ||
		s->model.at_issue == COC_IS_PROVISIONAL);
}

/* not of the floor, but as little anybody's to lower */
static bool
evidence_on_floor(const struct evidence_facts *e)
{
	if (e->asked == EVIDENCE_NONE || e->asked != e->shown ||
	    !e->well_formed)
		return false;
	if (e->asked == EVIDENCE_TRANSCRIPT)
		return e->measurement == MEASUREMENT_IS_GOOD ||
		    e->measurement == MEASUREMENT_IS_NOT_ASKED;
	return e->measurement == MEASUREMENT_IS_GOOD &&
	    (e->asked != EVIDENCE_TPM_QUOTE ||
		(e->key_enrolled && e->order == ORDER_IS_GOOD));
}

static bool
on_floor(const struct facts *f)
{
	return side_on_floor(&f->platform) &&
	    (f->mode == MODE_PLATFORM_ONLY ||
		(side_on_floor(&f->tre) && evidence_on_floor(&f->evidence)));
}

/* Of any kind, or none; whole, the TrE's and measured, or not. */
static struct evidence_facts
some_evidence(unsigned *seed)
{
	struct evidence_facts e = {
		.asked = (enum evidence_kind)(rand_r(seed) % 4),
		.well_formed = rand_r(seed) % 4 != 0,
		.key_enrolled = rand_r(seed) % 2 == 0,
		.order = (enum order_fact)(rand_r(seed) % 4),
		.measurement = (enum measurement_fact)(rand_r(seed) % 4),
		.update_available = rand_r(seed) % 2 == 0,
	};

	e.shown = rand_r(seed) % 4 != 0
	    ? e.asked
	    : (enum evidence_kind)(rand_r(seed) % 4);
	return e;
}

static void
no_random_facts_permit_below_the_floor(void **state)
{
	struct facts f;
	struct verdict before, after;
	unsigned seed = 20261124;
	int i, k, permits = 0;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		f = good_facts();
		if (rand_r(&seed) % 3 == 0)
			f.mode = MODE_PLATFORM_ONLY;
		if (rand_r(&seed) % 2 == 0)
			f.evidence = some_evidence(&seed);
		for (k = rand_r(&seed) % 3; k > 0; k--)
			cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		decide(&f, NOW, &before);
		permits += before.kind == VERDICT_PERMIT;
		if (before.kind == VERDICT_PERMIT)
			assert_true(on_floor(&f));
		if (f.mode == MODE_PLATFORM_ONLY)
			continue; /* spoiling can also change the mode */
		cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		decide(&f, NOW, &after);
		if (before.kind != VERDICT_PERMIT &&
		    f.mode != MODE_PLATFORM_ONLY)
			assert_int_not_equal(after.kind, VERDICT_PERMIT);
	}
	assert_true(permits > 1000);
}

/* Terms of every kind, of which each random policy takes some. */
static const char *const some_terms[] = { "\"min_level\":3",
	"\"accept_provisional\":false", "\"accept_provisional\":true",
	"\"accept_self_declared_only\":false", "\"platform_only\":true",
	"\"max_audit_age\":3650", "\"grace_days\":365", "\"grace_days\":0",
	"\"require_consent\":true", "\"max_status_age\":86400",
	"\"require_validation\":[\"remote\"]",
	"\"allowed_suppliers\":[\"tresor\"]",
	"\"denied_suppliers\":[\"tresor\"]",
	"\"allowed_models\":[\"tresor-m2\"]" };

#define NTERMS (sizeof(some_terms) / sizeof(some_terms[0]))

static void
a_policy(struct operator_policy *p, unsigned *seed)
{
	char json[1024];
	size_t i, n;

	n = (size_t)snprintf(json, sizeof(json),
	    "{\"number\":\"POL-1\",\"version\":1,\"sha256\":\"\",\"terms\":{");
	for (i = 0; i < NTERMS; i++)
		if (rand_r(seed) % 4 == 0 &&
		    (i == 0 ||
			strncmp(some_terms[i], some_terms[i - 1], 12) != 0))
			n +=
			    (size_t)snprintf(json + n, sizeof(json) - n, "%s%s",
				json[n - 1] == '{' ? "" : ",", some_terms[i]);
	(void)snprintf(json + n, sizeof(json) - n, "}}");
	if (operator_policy_read(json, p) == -1) /* the same term twice */
		*p = operator_policy_floor;
}

/* Whatever a policy says, it only takes permits away. */
static void
no_policy_is_laxer_than_the_floor(void **state)
{
	struct operator_policy policies[64];
	struct facts f;
	struct verdict floor, own;
	unsigned seed = 20261126;
	int i, k, fewer = 0;

	(void)state;
	for (i = 0; i < 64; i++)
		a_policy(&policies[i], &seed);
	for (i = 0; i < 1000000; i++) {
		f = good_facts();
		for (k = rand_r(&seed) % 3; k > 0; k--)
			cases[(size_t)rand_r(&seed) % NCASES].spoil(&f);
		f.policy = &operator_policy_floor;
		decide(&f, NOW, &floor);
		f.policy = &policies[rand_r(&seed) % 64];
		decide(&f, NOW, &own);
		if (floor.kind != VERDICT_PERMIT)
			assert_int_not_equal(own.kind, VERDICT_PERMIT);
		fewer +=
		    floor.kind == VERDICT_PERMIT && own.kind != VERDICT_PERMIT;
	}
	assert_true(fewer > 1000);
	for (i = 0; i < 64; i++)
		operator_policy_free(&policies[i]);
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
		cmocka_unit_test(nothing_known_is_refused),
		cmocka_unit_test(no_random_facts_permit_below_the_floor),
		cmocka_unit_test(no_policy_is_laxer_than_the_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
