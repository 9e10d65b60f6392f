#ifndef X509_CSR_H
#define X509_CSR_H

#include "base/buf.h"
#include "key/key.h"

/*
 * Certification requests, PKCS#10 (RFC 2986), of the one shape that we take:
 * version 0, any subject (it is ignored: names come from the register), a key
 * as key/key.h has them, attributes well formed and ignored, signed in the one
 * way of the key's algorithm.  Whether that algorithm is allowed to whom it is
 * for, the certificate profile says.
 *
 * Refusals, all ERR_INPUT; the code tells which:
 *	CSR_MALFORMED	not strict DER of that shape, or trailing octets
 *	KEY_NOT_ALLOWED	another algorithm or curve, a compressed point, a point
 *			that is not on the curve, a weak key, or one that
 *			everybody knows (RFC 9500)
 *	CSR_SIGNATURE	no proof of possession: it isn't signed with its key
 */
#define CSR_MAX 8192 /* ML-DSA-65: 5,5 k */

struct csr {
	struct span der;    /* all of it */
	struct span info;   /* what is signed */
	struct span spki;   /* SubjectPublicKeyInfo, whole element */
	enum key_kind kind; /* the key's algorithm */
	struct span point;  /* the key */
	struct span signature;
	uint8_t spki_sha256[32];
};

/* All but the proof of possession.  The struct borrows from der. */
int csr_parse(struct span der, struct csr *);
/*
 * A bare SubjectPublicKeyInfo in a request's place: spki, point and hash.
 * KEY_MALFORMED, or KEY_NOT_ALLOWED as above.
 */
int csr_take_key(struct span spki, struct csr *);
/* The proof of possession. */
int csr_verify(const struct csr *);

/*
 * Make one: CN=common_name, signed with the key.  For tools and tests, which
 * play the applicant.  Appends DER.
 */
int csr_build(const struct key *, const char *common_name, struct buf *);
/* As PEM, "CERTIFICATE REQUEST". */
void csr_write_pem(struct span der, struct buf *);

#endif
