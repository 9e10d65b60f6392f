#ifndef X509_CERT_EXT_H
#define X509_CERT_EXT_H

#include "x509/cert.h"

/*
 * The extensions of a certificate (RFC 5280 section 4.2): for cert.c only.
 */

/* The content of the SEQUENCE OF Extension.  Codes as cert_parse(). */
int cert_ext_parse(struct span extensions, struct cert *);

#endif
