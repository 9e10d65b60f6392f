#ifndef X509_CRL_READ_H
#define X509_CRL_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "key/key.h"
#include "x509/cert.h"
#include "x509/crl.h"

/*
 * CRLs of this PKI, RFC 5280 section 5, read strictly: version 2, ECDSA, an
 * authority key id, a number and a critical issuing distribution point that
 * names one address and at most one kind of certificate.  Others, indirect
 * and partial ones above all, are refused: ERR_INPUT, code CRL_MALFORMED.  So
 * are deltas (section 5.2.4), but by whom asks for one.
 */
struct crl {
	struct span der;
	struct span tbs; /* what is signed */
	enum key_kind signed_with;
	struct span signature;

	struct name issuer;
	int64_t this_update, next_update;
	struct span entries; /* empty when there are none */
	struct span authority_key_id;
	uint64_t number;
	uint64_t base;	      /* of a delta: what it begins at; 0: complete */
	bool has_deltas;      /* it says that there are */
	struct span freshest; /* where its deltas are; empty: not said */
	struct span url;      /* of the IDP; empty: the issuer's only CRL */
	enum crl_scope scope;
};

/* The struct borrows from der.  Entries are looked at by crl_find(). */
int crl_parse(struct span der, struct crl *);
/* The same of a delta, and of nothing else. */
int crl_parse_delta(struct span der, struct crl *);

/*
 * Is it this CA's, by name, key id and signature?  ERR_DENIED, code
 * CRL_SIGNATURE.
 */
int crl_verify(
    const struct crl *, const struct cert *issuer, const struct key *);

/*
 * Does it speak about that certificate: of the same issuer, in the CRL that
 * its distribution point names (RFC 5280 section 6.3.3 (b)), of its kind?
 */
bool crl_covers(const struct crl *, const struct cert *);

/* Each entry in turn, till visit returns other than 0, which is given back;
 * -1 with CRL_MALFORMED. */
int crl_each(
    const struct crl *, int (*visit)(const struct crl_entry *, void *), void *);

/* 1 when the serial number is in it, entry filled; 0 when not; -1 with
 * CRL_MALFORMED. */
int crl_find(const struct crl *, struct span serial, struct crl_entry *);

#endif
