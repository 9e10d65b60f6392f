#ifndef X509_OSSL_H
#define X509_OSSL_H

/*
 * What ca/x509 and ca/key share of OpenSSL; no other folder includes this.
 */

#include <openssl/types.h>

/*
 * Like err_set(ERR_INTERNAL, "could not WHAT: why") with OpenSSL's own reason,
 * its queue emptied.
 */
int x509_err(const char *what);

/* A reference of the caller's own, or NULL. */
struct key;
EVP_PKEY *key_to_ossl(const struct key *);

#endif
