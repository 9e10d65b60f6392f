#ifndef X509_CRL_H
#define X509_CRL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "x509/cert.h"

/*
 * Certificate revocation lists, RFC 5280 section 5, version 2, written as a
 * stream: memory does not grow with the list.
 */

/* One certificate taken out of use. */
struct crl_entry {
	uint8_t serial[20]; /* big-endian, as issued */
	size_t serial_length;
	int64_t when;
	int reason; /* CRLReason; unspecified (0) is left out; removeFromCRL
		     * (8) in deltas only */
	int64_t invalidity; /* invalidityDate; 0: left out */
};

/* onlyContains..., RFC 5280 section 5.2.5 */
enum crl_scope { CRL_ALL, CRL_USER_CERTS, CRL_CA_CERTS };

/* What a CRL says.  Borrowed throughout. */
struct crl_spec {
	const struct cert *issuer;
	const struct key *key; /* the issuer's */
	uint64_t number;       /* cRLNumber, only ever grows */
	int64_t this_update;
	int64_t next_update;
	const char *url; /* fullName of the critical IDP; NULL: no name */
	enum crl_scope scope;
	/*
	 * A delta CRL (RFC 5280 section 5.2.4): what has changed since the
	 * complete one of this number; 0: a complete one.  freshest: where a
	 * complete one's deltas are (5.2.6); NULL: nowhere.
	 */
	uint64_t base_number;
	const char *freshest;

	/*
	 * The list is walked twice: lengths come first in DER.  rewind starts
	 * it over, next hands out 1 (an entry), 0 (end) or -1 (err_set()).
	 * Both walks must see the same entries.  With next NULL it is empty.
	 */
	void *list;
	int (*rewind)(void *list);
	int (*next)(void *list, struct crl_entry *);
};

/*
 * Write the signed CRL through put, which returns 0, or -1 with err_set().
 * ERR_INPUT when it would expire before it starts or an entry makes no sense,
 * ERR_INTERNAL when the list changed between walks.
 */
int crl_write(
    const struct crl_spec *, int (*put)(void *arg, struct span), void *arg);

/* The same appended to a buf. */
int crl_build(const struct crl_spec *, struct buf *);

/* The list of an array, for those who have one. */
struct crl_array {
	const struct crl_entry *entries;
	size_t n;
	size_t at;
};
int crl_array_rewind(void *);
int crl_array_next(void *, struct crl_entry *);

#endif
