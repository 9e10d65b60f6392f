#ifndef X509_CREDENTIAL_H
#define X509_CREDENTIAL_H

#include "base/buf.h"

/*
 * A certificate and its private key, as whoever connects by them has them in
 * files: each in PEM, of any form that OpenSSL reads.  Do they go together?
 * 0, or -1 with ERR_INPUT.  One that is encrypted is refused, and no terminal
 * is asked for a passphrase.
 */
int credential_check(struct span certificate, struct span key);

#endif
