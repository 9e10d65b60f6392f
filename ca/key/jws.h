#ifndef KEY_JWS_H
#define KEY_JWS_H

#include <jansson.h>

#include "base/buf.h"
#include "key/key.h"

/*
 * JSON Web Signatures, RFC 7515: compact serialisation, the payload inside or
 * detached (appendix F), signed as the key's algorithm signs: ES256, ES384
 * (RFC 7518), EdDSA (RFC 8037), PS256 or RS256 by suppliers who have nothing
 * but RSA, ML-DSA-44, ML-DSA-65.  Base64url and JSON are read
 * strictly; a name twice in the header is refused.
 *
 *	JWS_MALFORMED	ERR_INPUT: not three strict base64url parts, no JSON
 *			object in the header, members other than the expected
 *	JWS_SIGNATURE	ERR_DENIED: not signed with that key
 */
struct jws {
	struct span signed_header;  /* the text before the first dot */
	struct span signed_payload; /* the text between the dots */
	struct buf payload;	    /* decoded; empty when detached */
	json_t *header;		    /* the protected header, an object */
	uint8_t signature[KEY_RAW_MAX];
	size_t signature_length;
};

/* text may have at most most octets.  The struct borrows from it. */
int jws_split(struct span text, size_t most, struct jws *);
/* Its payload is zeroed before: that of an open lot has keys in it. */
void jws_free(struct jws *);

/*
 * The header must be exactly {"alg":...,"typ":typ} and the further
 * members, each of the type given ('s' string, 'i' integer, 'a' array):
 *	jws_check_header(&j, "assay-act+jws", "s:x5t#S256 s:url i:iat")
 */
int jws_check_header(const struct jws *, const char *typ, const char *members);

/* Does it hold for that key, whose algorithm "alg" must be? */
int jws_verify(const struct jws *, const struct key *);
/* For a detached payload: the middle part must be empty. */
int jws_verify_detached(
    const struct jws *, const struct key *, struct span payload);

/* The "alg" of what that key signs. */
const char *jws_algorithm(const struct key *);
/*
 * Sign; header is the JSON of the protected header as it shall stand there.
 * Appends the compact form to out.
 */
int jws_sign(const struct key *, const char *header, struct span payload,
    struct buf *out);
/*
 * Several, each begun into its own buffer (what is to be signed, appended), and
 * ended together, KEY_MANY at most (key_sign_many()).  -1: none of them is
 * signed.
 */
void jws_begin(const char *header, struct span payload, struct buf *out);
int jws_end_many(const struct key *, struct buf *const *begun, size_t n);
int jws_sign_detached(const struct key *, const char *header,
    struct span payload, struct buf *out);

/* The "x5t#S256" of a certificate (RFC 7515 section 4.1.8), 43 characters and
 * a NUL. */
void jws_thumbprint(struct span certificate_der, char text[44]);

#endif
