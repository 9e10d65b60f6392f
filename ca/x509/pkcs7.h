#ifndef X509_PKCS7_H
#define X509_PKCS7_H

#include "base/buf.h"

/*
 * Certificates and nothing signed: a "certs-only" message (RFC 8551 section
 * 3.8, RFC 7030 section 4.1.3), DER, appended.  certificates are DER.
 */
int pkcs7_certificates(const struct span *certificates, size_t n, struct buf *);

#endif
