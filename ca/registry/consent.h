#ifndef REGISTRY_CONSENT_H
#define REGISTRY_CONSENT_H

#include <stdint.h>

#include <jansson.h>

#include "key/jws.h"

/*
 * A consent: the operator that has a device in its custody lets one other take
 * over that one device, once.  A JWS (RFC 7515, compact) whose protected header
 * is exactly
 *
 *	{"alg":"ES256","typ":"assay-consent+jws","x5t#S256":...}
 *
 * and whose payload is exactly
 *
 *	{"iss": who has it, "target": who may have it (handles), "aud": address
 *of the system that it is for (a receipt's iss), "jti": a UUID, "iat": n,
 *	 "exp": n, "certificate_sha256": of the TrE's certificate, hex}
 *
 * signed with the key of one of its people or systems with role operator, as
 * that key's algorithm signs.  It ends at exp, to the second, CONSENT_SECONDS
 * after iat at most.
 */
struct consent {
	struct jws jws;
	json_t *payload;
	/* borrowed from payload */
	const char *issuer, *audience, *target, *id;
	int64_t iat, exp;
	uint8_t certificate_sha256[32];
	uint8_t signer[32]; /* SHA-256 of the signer's certificate */
};

#define CONSENT_MAX	4096 /* octets of the JWS */
#define CONSENT_SECONDS (30 * 86400)
#define CONSENT_SKEW	300 /* seconds that iat may be ahead */

/* ERR_INPUT, code CONSENT_MALFORMED.  Free in either case. */
int consent_parse(struct span text, struct consent *);
void consent_free(struct consent *);

/*
 * Does it hold now, by itself, with its signer's certificate (DER)?  Whether
 * the signer may give it is the record's to say.
 *
 *	CONSENT_SIGNER		ERR_DENIED: it names another certificate, or
 *				that one has ended
 *	CONSENT_TIME		ERR_DENIED: over, not begun, or too long
 *	CONSENT_SIGNATURE	ERR_DENIED
 */
int consent_verify(
    const struct consent *, struct span certificate, int64_t now);

/*
 * Make one of issuer, audience, target, id, iat, exp and certificate_sha256;
 * appends the JWS.
 */
int consent_build(const struct consent *, const struct key *,
    struct span certificate, struct buf *jws);

#endif
