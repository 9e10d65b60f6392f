#ifndef UNIT_DECIDE_CASES_H
#define UNIT_DECIDE_CASES_H

/*
 * Facts that permit, and for each reason what must be otherwise for exactly it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "policy/decide.h"

#define NOW 1795485784
#define DAY 86400

static inline struct coc_facts
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

static inline struct side_facts
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
static inline struct facts
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
static inline struct measure_fact
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

static inline void
claim_firmware(struct facts *f, const char *version)
{
	(void)snprintf(f->firmware, sizeof(f->firmware), "%s", version);
}

/* A policy of these terms alone; they live until the next test. */
static inline const struct operator_policy *
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
static inline void
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
static inline void
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

#endif
