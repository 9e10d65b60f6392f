#ifndef X509_EK_H
#define X509_EK_H

#include <stdbool.h>

#include "base/buf.h"
#include "key/hash.h"

/*
 * Certificates of endorsement keys, which TPMs have from their makers (TCG EK
 * Credential Profile), and their makers' CRLs (ek_crl.h).  They are of another
 * PKI than ours, RSA among them, so libcrypto judges them.
 */

#define EK_CERT_MAX   8192
#define EK_CHAIN_MAX  4
#define EK_SERIAL_MAX 20

/* One certificate of a path, as its issuer's CRLs know it. */
struct ek_link {
	uint8_t issuer_sha256[HASH_SIZE]; /* of its SubjectPublicKeyInfo */
	uint8_t serial[EK_SERIAL_MAX];
	size_t nserial;
	bool has_crl; /* it says where there is one that tells of it */
};

struct ek {
	struct buf spki; /* SubjectPublicKeyInfo of the endorsement key */
	struct ek_link links[EK_CHAIN_MAX];
	size_t nlinks;
};

/*
 * May it be a root of such certificates: one CA's, self-signed, DER and nothing
 * behind it?  ERR_INPUT, code EK_ROOT_UNFIT.
 */
int ek_root_check(struct span der);

/*
 * Does the chain (leaf first, the root left out) lead to that root, now, and is
 * the leaf one of an endorsement key (2.23.133.8.1)?  Fills the struct, which
 * starts as zeroes, and is zeroes after a failure.  ERR_INPUT with
 * EK_MALFORMED, ERR_DENIED with EK_UNTRUSTED.  Whether any of them is revoked
 * is for the record to say.
 */
int ek_chain_judge(const struct span *chain, size_t n, struct span root,
    int64_t now, struct ek *);
void ek_free(struct ek *);

#endif
