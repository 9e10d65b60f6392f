/*
 * The reasons, one line each.
 */

#include <string.h>

#include "policy/reason.h"

#define REFUSE(check, code, sentence)                                          \
	[code] = { check, WEIGHT_REFUSE, #code, sentence }
#define UNSURE(check, code, sentence)                                          \
	[code] = { check, WEIGHT_UNSURE, #code, sentence }
#define WARN(check, code, sentence)                                            \
	[code] = { check, WEIGHT_WARN, #code, sentence }

static const struct reason_entry reasons[REASON_COUNT] = {
	[REASON_NONE] = { -1, WEIGHT_UNSURE, "", "no reason" },

	REFUSE(
	    0, OPERATOR_UNAUTHENTICATED, "the caller is not a known operator"),
	REFUSE(0, OPERATOR_NOT_ENABLED, "the operator is not enabled"),
	REFUSE(0, MODE_NOT_ALLOWED,
	    "the body does not allow this operator that mode"),

	REFUSE(1, REQUEST_MALFORMED, "the request is malformed"),
	REFUSE(1, REQUEST_ID_REUSED,
	    "the request id was used for another request"),
	REFUSE(1, DUPLICATE_IN_BATCH,
	    "its TrE, terminal, key or IMEI is in the batch more than once"),

	REFUSE(2, CHALLENGE_UNKNOWN,
	    "the challenge is not one that we gave this operator"),
	REFUSE(2, CHALLENGE_EXPIRED, "the challenge has expired"),
	REFUSE(2, CHALLENGE_REPLAYED, "the challenge was used before"),

	REFUSE(3, NO_CERTIFICATE,
	    "the device shows no certificate; without one it gets no "
	    "subscription"),
	REFUSE(3, CERTIFICATE_MALFORMED,
	    "a certificate is not strict DER of the accredited profile"),
	REFUSE(3, ALGORITHM_NOT_ALLOWED,
	    "a certificate uses a key or algorithm that is not allowed"),

	REFUSE(4, CHAIN_LENGTH,
	    "the path is not exactly leaf, issuing CA and root"),
	REFUSE(4, CHAIN_UNTRUSTED, "the path does not lead to our root"),
	REFUSE(4, CHAIN_SIGNATURE, "a signature in the path is wrong"),
	REFUSE(4, ROLE_MISMATCH,
	    "the certificate is not one of the role that it is shown for"),
	REFUSE(4, ISSUER_OUT_OF_SCOPE,
	    "the issuer may not certify that subject (RFC 5280, 4.2.1.10)"),
	REFUSE(
	    4, CERTIFICATE_NOT_YET_VALID, "the certificate is not valid yet"),
	REFUSE(4, CERTIFICATE_EXPIRED, "the certificate has expired"),

	REFUSE(5, CERTIFICATE_NOT_ISSUED,
	    "the certificate is not in the register"),

	REFUSE(6, CERTIFICATE_REVOKED, "the certificate is revoked"),
	REFUSE(6, CERTIFICATE_ON_HOLD, "the certificate is on hold"),
	REFUSE(6, ISSUER_REVOKED,
	    "the certificate's issuer is revoked or on hold"),
	UNSURE(6, STATUS_STALE,
	    "the status at hand is older than the operator accepts"),

	REFUSE(7, BINDING_MISMATCH,
	    "the terminal is bound to another TrE than the one shown"),
	REFUSE(7, TRE_BOUND_ELSEWHERE,
	    "the register knows the TrE in another terminal"),
	REFUSE(7, DEVICE_ID_MISMATCH,
	    "IMEI or TAC do not fit the terminal's certificate"),
	REFUSE(7, TRE_KNOWN_BAD,
	    "the register knows the terminal's TrE as revoked, held or "
	    "quarantined, or without its CA or an accreditation"),

	REFUSE(8, POSSESSION_TRE, "the TrE did not prove that it has its key"),
	REFUSE(8, POSSESSION_PLATFORM,
	    "the terminal did not prove that it has its key"),
	REFUSE(8, EVIDENCE_STALE,
	    "the evidence was not signed within 120 seconds of now, or the TPM "
	    "has quoted since"),
	REFUSE(8, EVIDENCE_MISSING,
	    "the evidence that the TrE's kind asks for was not shown"),
	REFUSE(8, EVIDENCE_MALFORMED,
	    "the evidence is not octet for octet what it should be"),
	REFUSE(8, ATTESTATION_KEY_UNKNOWN,
	    "no TPM has shown that the TrE's key is its own"),

	REFUSE(9, TAMPER_INDICATED,
	    "the device says that it was tampered with, or its TPM's counters "
	    "went back"),
	REFUSE(9, DEBUG_ENABLED, "the device says that its debug port is open"),
	REFUSE(9, FIRMWARE_BELOW_MINIMUM,
	    "the TrE's firmware is below the least that a measure asks for"),
	REFUSE(9, MEASUREMENT_UNKNOWN,
	    "what was measured is none of the accepted reference values"),
	REFUSE(9, MEASUREMENT_BAD,
	    "what was measured is a reference value that was revoked"),

	REFUSE(10, SUPPLIER_SUSPENDED, "the supplier is not active"),
	REFUSE(10, SITE_NOT_ACCREDITED_AT_ISSUE,
	    "the site was not accredited when the certificate was issued"),
	REFUSE(10, MODEL_NOT_ACCREDITED,
	    "the model was not accredited when the certificate was issued"),
	REFUSE(10, COC_SUSPENDED, "the model's accreditation is suspended"),
	REFUSE(10, COC_WITHDRAWN, "the model's accreditation is withdrawn"),
	REFUSE(10, COC_EXPIRED,
	    "the model's accreditation has expired, and its grace is over"),
	REFUSE(10, DECLARATION_MISSING,
	    "the model's robustness declaration was withdrawn or refuted"),
	REFUSE(10, DECLARATION_CHALLENGED,
	    "the model's robustness declaration is challenged"),

	REFUSE(11, MEASURE_ISSUANCE_FREEZE,
	    "the certificate was issued under an issuance freeze"),
	REFUSE(11, MEASURE_DOWNLOAD_FREEZE, "a download freeze is in force"),
	REFUSE(11, MEASURE_HOLD, "a hold is in force"),
	REFUSE(11, MEASURE_MASS_REVOCATION, "a mass revocation is in force"),
	REFUSE(11, MEASURE_MINIMUM_FIRMWARE,
	    "a minimum firmware is in force and not shown to be met"),
	REFUSE(11, MEASURE_WITHDRAWAL, "a withdrawal is in force"),
	REFUSE(11, MEASURE_BAN, "a ban is in force"),

	REFUSE(12, DEVICE_QUARANTINED, "the device is quarantined"),
	REFUSE(12, DEVICE_STOLEN, "the device is reported stolen"),
	REFUSE(12, DEVICE_RETIRED, "the device is retired"),

	REFUSE(13, CONSENT_MISSING,
	    "another operator has the device in its custody, and its consent "
	    "was not shown"),
	REFUSE(13, CONSENT_INVALID,
	    "the consent does not hold for this device, this operator and now, "
	    "or was used before"),
	REFUSE(13, MIGRATION_LOCKED,
	    "the device is locked to its operator until a date, or while the "
	    "body decides on a dispute"),

	UNSURE(14, POLICY_UNKNOWN, "the operator's policy cannot be read"),
	REFUSE(14, POLICY_MODE,
	    "the operator's policy wants the TrE to be judged too"),
	REFUSE(14, POLICY_LEVEL,
	    "a model's level is below what the operator's policy asks for"),
	REFUSE(14, POLICY_PROVISIONAL,
	    "the operator's policy takes no provisional accreditation"),
	REFUSE(14, POLICY_SUPPLIER,
	    "the operator's policy does not take a supplier"),
	REFUSE(14, POLICY_MODEL, "the operator's policy does not take a model"),
	REFUSE(14, POLICY_AUDIT_AGE,
	    "a site's last audit is older than the operator's policy takes"),
	REFUSE(14, POLICY_SELF_DECLARED,
	    "a model's robustness rests on its supplier's word alone, which "
	    "the operator's policy does not take"),
	REFUSE(14, POLICY_GRACE,
	    "an accreditation expired longer ago than the operator's policy "
	    "takes"),
	REFUSE(14, POLICY_VALIDATION,
	    "the evidence was validated in a way that the operator's policy "
	    "does not take"),
	REFUSE(14, POLICY_CONSENT,
	    "the operator's policy asks for the consent of the operator before "
	    "it"),

	UNSURE(15, PRECHECK_ONLY,
	    "nothing speaks against the device; a precheck never permits"),

	WARN(10, COC_PROVISIONAL, "the accreditation is provisional"),
	WARN(10, COC_GRACE,
	    "the accreditation has expired; existing devices have grace"),
	WARN(10, COC_EXPIRES_SOON, "the accreditation expires within 30 days"),
	WARN(9, FIRMWARE_UPDATE_AVAILABLE,
	    "newer firmware of the TrE's model has reference values"),
};

const struct reason_entry *
reason_get(enum reason r)
{
	return &reasons[r > REASON_NONE && r < REASON_COUNT ? r : REASON_NONE];
}

enum reason
reason_find(const char *code)
{
	int r;

	for (r = REASON_NONE + 1; r < REASON_COUNT; r++)
		if (strcmp(reasons[r].code, code) == 0)
			return (enum reason)r;
	return REASON_NONE;
}
