#ifndef X509_CERT_EXT_H
#define X509_CERT_EXT_H

#include "x509/cert.h"

/*
 * The extensions of a certificate (RFC 5280 section 4.2): for cert*.c only.
 */

/* The content of the SEQUENCE OF Extension.  Codes as cert_parse(). */
int cert_ext_parse(struct span extensions, struct cert *);

/* Not in the shape that we issue; returns -1. */
int cert_ext_bad(const char *why);

/* Values of extensions that hold names and addresses, in cert_ext_name.c. */
int cert_ext_alt_name(struct span, struct cert *);
int cert_ext_name_constraints(struct span, struct cert *);
int cert_ext_crl_points(struct span, struct cert *);
int cert_ext_info_access(struct span, struct cert *);

#endif
