#ifndef X509_EK_INSIDE_H
#define X509_EK_INSIDE_H

#include <openssl/x509.h>

#include "x509/ek.h"

/* What ek.c and ek_crl.c share. */

/* One and nothing behind it; NULL without an error. */
X509 *ek_cert_read(struct span der);

/*
 * The path from the first certificate to the root, which is believed, now; the
 * certificates are whatever comes with it, *path has it afterwards (free it).
 * ERR_DENIED, code EK_UNTRUSTED.
 */
int ek_path_build(X509 *first, STACK_OF(X509) * others, X509 *root, int64_t now,
    STACK_OF(X509) * *path);

/* The first one, and the others behind it.  ERR_INPUT, EK_MALFORMED. */
int ek_chain_read(
    const struct span *chain, size_t n, X509 **first, STACK_OF(X509) * others);

/* SHA-256 of its SubjectPublicKeyInfo. */
int ek_issuer_hash(const X509 *, uint8_t sha256[HASH_SIZE]);

/* -1, without an error: negative, or not of 1 to 20 octets. */
int ek_serial(const ASN1_INTEGER *, uint8_t out[EK_SERIAL_MAX], size_t *n);

#endif
