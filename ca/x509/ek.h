#ifndef X509_EK_H
#define X509_EK_H

#include "base/buf.h"

/*
 * Certificates of endorsement keys, which TPMs have from their makers (TCG EK
 * Credential Profile).  They are of another PKI than ours, RSA among them, so
 * libcrypto judges them.
 */

#define EK_CERT_MAX  8192
#define EK_CHAIN_MAX 4

/*
 * May it be a root of such certificates: one CA's, self-signed, DER and nothing
 * behind it?  ERR_INPUT, code EK_ROOT_UNFIT.
 */
int ek_root_check(struct span der);

/*
 * Does the chain (leaf first, the root left out) lead to that root, now, and is
 * the leaf one of an endorsement key (2.23.133.8.1)?  Its SubjectPublicKeyInfo
 * is appended.  ERR_INPUT with EK_MALFORMED, ERR_DENIED with EK_UNTRUSTED.
 */
int ek_chain_judge(const struct span *chain, size_t n, struct span root,
    int64_t now, struct buf *spki);

#endif
