#ifndef REGISTRY_STATEMENT_H
#define REGISTRY_STATEMENT_H

#include <stdint.h>

#include "base/buf.h"

/*
 * A signed act: what a principal's own key says about one request, so that a
 * stolen API host cannot act in anybody's name.  JWS compact with detached
 * payload (RFC 7515 appendix F); the payload is the body of the request, octet
 * for octet; the protected header is exactly
 *
 *	{"alg":"ES256","typ":"assay-act+jws","x5t#S256":...,"url":"/v1/...",
 *	 "iat":n}
 */
struct statement {
	struct span jws;
	struct span body;
	const char *url;	 /* the path that it was sent to */
	struct span certificate; /* DER: of the principal it must be from */
};

#define STATEMENT_MAX  4096 /* octets of the JWS */
#define STATEMENT_SKEW 300  /* seconds that iat may be off */

/*
 * Is it signed by that certificate's key, for that address, at about that
 * time?  at is now for a request, the time of record for one kept.
 *
 *	STATEMENT_MALFORMED	ERR_INPUT
 *	STATEMENT_SIGNER	ERR_DENIED: x5t#S256 names another certificate
 *	STATEMENT_URL		ERR_DENIED: signed for another address
 *	STATEMENT_TIME		ERR_DENIED: iat more than STATEMENT_SKEW off
 *	STATEMENT_SIGNATURE	ERR_DENIED
 */
int statement_verify(const struct statement *, int64_t at);

struct key;

/* Make one, as of now; appends the JWS.  Only .body, .url, .certificate. */
int statement_build(
    const struct statement *, const struct key *, int64_t now, struct buf *jws);

#endif
