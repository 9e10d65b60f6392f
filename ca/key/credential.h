#ifndef KEY_CREDENTIAL_H
#define KEY_CREDENTIAL_H

#include "base/buf.h"

/*
 * TPM2_MakeCredential in software (TPM 2.0 Library, part 1, section 24): a
 * secret that only the TPM gives back which has both the endorsement key and,
 * beside it, a key of that name.
 *
 * The endorsement key is of the TCG's templates: RSA 2048 or P-256 (SHA-256,
 * AES-128), P-384 (SHA-384, AES-256).
 */
#define CREDENTIAL_SECRET 32

struct credential {
	struct buf id_object;	     /* TPM2B_ID_OBJECT */
	struct buf encrypted_secret; /* TPM2B_ENCRYPTED_SECRET */
};

/* ERR_INPUT, code EK_NOT_ALLOWED, for another kind of endorsement key. */
int credential_make(struct span ek_spki, struct span name,
    const uint8_t secret[CREDENTIAL_SECRET], struct credential *);
void credential_free(struct credential *);

#endif
