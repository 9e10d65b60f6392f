#ifndef CEREMONY_REQUESTS_SIGNATURE_H
#define CEREMONY_REQUESTS_SIGNATURE_H

#include "ceremony/requests.h"
#include "key/key.h"

/*
 * Who asks: the signature in requests.json.  On its way to the machine without
 * a network, nobody may change what a root is asked to sign, leave out what is
 * revoked, or put another file in its place.
 *
 * It is a detached JWS (RFC 7515 appendix F) over the canonical JSON
 * (policy/canon.h) of everything else in the file, with the header {"alg",
 * "typ": "assay-requests+jws", "x5c"}.  x5c has the certificate of the
 * authority's key for this (profile request_signer), that of the access CA,
 * and where that one is under an older root, the links that lead from there to
 * the root of today (old-with-new).
 */
#define REQUESTS_TYP	   "assay-requests+jws"
#define REQUESTS_CHAIN_MAX 10 /* the two, and links */
#define REQUESTS_DAYS_MAX  31 /* a signer's life: a ceremony is held by then */

/* Fills signature.  chain: DER, as in x5c. */
int requests_sign(
    struct requests *, const struct key *, const struct span *chain, size_t n);

/* Who signed; free it in either case. */
struct requests_signer {
	struct buf certificate, issuer; /* DER */
};

/*
 * Is it signed by the instance of that root (DER), and as it was signed?
 *
 *	REQUESTS_UNSIGNED	ERR_DENIED: it has no signature
 *	REQUESTS_SIGNER		ERR_DENIED: another instance's, or no key that
 *				may sign it
 *	REQUESTS_SIGNATURE	ERR_DENIED: something in it was changed
 */
int requests_verify(
    const struct requests *, struct span root, struct requests_signer *);
void requests_signer_free(struct requests_signer *);

#endif
