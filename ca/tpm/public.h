#ifndef TPM_PUBLIC_H
#define TPM_PUBLIC_H

#include "base/buf.h"
#include "key/key.h"

/*
 * The public area of an attestation key, TPM2B_PUBLIC.
 */

#define PUBLIC_MAX	512
#define PUBLIC_NAME_MAX 50 /* its name: algorithm, then digest */
#define PUBLIC_POINT	97

struct tpm_public {
	enum key_kind kind;
	uint8_t point[PUBLIC_POINT]; /* uncompressed */
	size_t npoint;
	uint8_t name[PUBLIC_NAME_MAX];
	size_t nname;
};

/*
 * Read one, strictly.  ERR_INPUT with code ATTESTATION_KEY_MALFORMED, or
 * ATTESTATION_KEY_UNFIT, which names what it lacks: an attestation key is
 * restricted (signs what its TPM made, and nothing else), signs and does not
 * decrypt, never leaves its TPM (fixedTPM, fixedParent), was made there
 * (sensitiveDataOrigin), is on P-256 or P-384, and signs by ECDSA with the
 * hash of that size.
 */
int tpm_public_parse(struct span, struct tpm_public *);

#endif
