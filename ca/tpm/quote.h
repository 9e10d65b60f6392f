#ifndef TPM_QUOTE_H
#define TPM_QUOTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "key/key.h"

/*
 * A TPM's quote (TPM 2.0 Library, part 2): TPMS_ATTEST of type
 * TPM_ST_ATTEST_QUOTE, and the TPMT_SIGNATURE over its octets.
 */

#define QUOTE_ATTEST_MAX    1024
#define QUOTE_SIGNATURE_MAX 256
#define QUOTE_HASH_MAX	    48
#define QUOTE_MEASURED_MAX  192 /* with the NUL */

struct tpm_quote {
	uint8_t qualifying[64]; /* what the asker gave it, extraData */
	size_t nqualifying;
	/*
	 * What was measured, as reference values have it: bank and PCRs, then
	 * the digest over them in base64: "sha256:0,2,7;9aX9QtFq...".
	 */
	char measured[QUOTE_MEASURED_MAX];
	/* TPMS_CLOCK_INFO (part 2, section 10.11.1) */
	uint64_t clock;
	uint32_t resets, restarts;
	bool safe;
	enum key_kind signed_with; /* P-256 with SHA-256, P-384 with SHA-384 */
	uint8_t signature[128];	   /* as X.509 has it */
	size_t nsignature;
};

/*
 * Read one, strictly: ERR_INPUT, code EVIDENCE_MALFORMED, unless it is a TPM's
 * (magic), a quote (type), of one bank of SHA-256, and both parts are exactly
 * what is written for what was read: nothing behind them, no other form.
 */
int tpm_quote_parse(
    struct span attest, struct span signature, struct tpm_quote *);

/* Did the key at that point sign it?  Anything but 0 is no. */
int tpm_quote_verify(const struct tpm_quote *, struct span attest,
    enum key_kind, struct span point);

#endif
