#ifndef X509_CRL_ENTRY_H
#define X509_CRL_ENTRY_H

#include "x509/crl.h"

/*
 * One of a CRL's revokedCertificates, RFC 5280 section 5.3, for crl.c.  What
 * stands behind the serial number is kept for the next one: entries of one
 * measure have it in common.
 */

#define CRL_ENTRY_MAX 128

struct crl_entry_form {
	int64_t when, invalidity;
	int reason;
	uint8_t space[CRL_ENTRY_MAX];
	struct span behind; /* empty: none yet */
};

/* Its length, or 0 with ERR_INPUT; to NULL: it is not written. */
size_t crl_entry_put(
    struct crl_entry_form *, const struct crl_entry *, bool delta, uint8_t *to);

#endif
