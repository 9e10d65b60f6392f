#ifndef POLICY_REASON_H
#define POLICY_REASON_H

/*
 * Every reason that a decision can give: the number of the check that gives
 * it, its code (stable for ever), and one sentence.  The table in reason.c is
 * the list.
 */

enum reason {
	REASON_NONE,
	/* 0: who asks */
	OPERATOR_UNAUTHENTICATED,
	OPERATOR_NOT_ENABLED,
	MODE_NOT_ALLOWED,
	/* 1: form */
	REQUEST_MALFORMED,
	REQUEST_ID_REUSED,
	DUPLICATE_IN_BATCH,
	/* 2: the challenge */
	CHALLENGE_UNKNOWN,
	CHALLENGE_EXPIRED,
	CHALLENGE_REPLAYED,
	/* 3: the certificates' form */
	NO_CERTIFICATE,
	CERTIFICATE_MALFORMED,
	ALGORITHM_NOT_ALLOWED,
	/* 4: the path */
	CHAIN_LENGTH,
	CHAIN_UNTRUSTED,
	CHAIN_SIGNATURE,
	ROLE_MISMATCH,
	ISSUER_OUT_OF_SCOPE,
	CERTIFICATE_NOT_YET_VALID,
	CERTIFICATE_EXPIRED,
	/* 5: the register */
	CERTIFICATE_NOT_ISSUED,
	/* 6: status */
	CERTIFICATE_REVOKED,
	CERTIFICATE_ON_HOLD,
	ISSUER_REVOKED,
	STATUS_STALE,
	/* 7: the binding */
	BINDING_MISMATCH,
	TRE_BOUND_ELSEWHERE,
	DEVICE_ID_MISMATCH,
	TRE_KNOWN_BAD,
	/* 8: possession, now */
	POSSESSION_TRE,
	POSSESSION_PLATFORM,
	EVIDENCE_STALE,
	EVIDENCE_MISSING,
	EVIDENCE_MALFORMED,
	ATTESTATION_KEY_UNKNOWN,
	/* 9: what the evidence claims */
	TAMPER_INDICATED,
	DEBUG_ENABLED,
	FIRMWARE_BELOW_MINIMUM,
	MEASUREMENT_UNKNOWN,
	MEASUREMENT_BAD,
	/* 10: accreditation */
	SUPPLIER_SUSPENDED,
	SITE_NOT_ACCREDITED_AT_ISSUE,
	MODEL_NOT_ACCREDITED,
	COC_SUSPENDED,
	COC_WITHDRAWN,
	COC_EXPIRED,
	DECLARATION_MISSING,
	DECLARATION_CHALLENGED,
	/* 11: measures */
	MEASURE_ISSUANCE_FREEZE,
	MEASURE_DOWNLOAD_FREEZE,
	MEASURE_HOLD,
	MEASURE_MASS_REVOCATION,
	MEASURE_MINIMUM_FIRMWARE,
	MEASURE_WITHDRAWAL,
	MEASURE_BAN,
	/* 12: incidents */
	DEVICE_QUARANTINED,
	DEVICE_STOLEN,
	DEVICE_RETIRED,
	/* 13: change of operator */
	CONSENT_MISSING,
	CONSENT_INVALID,
	MIGRATION_LOCKED,
	/* 14: the operator's own policy */
	POLICY_UNKNOWN,
	POLICY_MODE,
	POLICY_LEVEL,
	POLICY_PROVISIONAL,
	POLICY_SUPPLIER,
	POLICY_MODEL,
	POLICY_AUDIT_AGE,
	POLICY_SELF_DECLARED,
	POLICY_GRACE,
	POLICY_VALIDATION,
	POLICY_CONSENT,
	/* what a precheck ends with when nothing speaks against the device */
	PRECHECK_ONLY,
	/* warnings, which ride on a permit */
	COC_PROVISIONAL,
	COC_GRACE,
	COC_EXPIRES_SOON,
	FIRMWARE_UPDATE_AVAILABLE,
	REASON_COUNT
};

enum reason_weight {
	WEIGHT_REFUSE,
	WEIGHT_UNSURE, /* we cannot tell: indeterminate */
	WEIGHT_WARN
};

struct reason_entry {
	int check;
	enum reason_weight weight;
	const char *code;
	const char *sentence;
};

/* The entry; for a number that is none, that of REASON_NONE. */
const struct reason_entry *reason_get(enum reason);

/* By its code; REASON_NONE when there is none of that name. */
enum reason reason_find(const char *code);

#endif
