#ifndef AUTHORITY_CA_REQUEST_H
#define AUTHORITY_CA_REQUEST_H

#include "authority/issuer.h"
#include "ceremony/requests.h"

/*
 * What a root whose key is on no machine is asked for
 * (db/schema/306_ca_request.sql): the key is made here, the serial number
 * reserved and committed with the request.  ca_result.h has what comes back.
 */

/* One certificate wanted, and what the register needs to know beside it. */
struct ca_wish {
	struct requests_certificate c;
	const char *role; /* of a CA: access, tre, terminal; or NULL */
	int64_t organisation_id;
	int64_t key_id; /* of an OCSP key; 0: none */
};

/*
 * An issuing CA, unless it is asked for already.  Always -1; when all is well
 * with ca_request_waits().
 */
int ca_request_issuer(struct authority *, struct issuer *root, const char *role,
    int64_t organisation_id, const char *country, const char *name);

/* Was the last failure that a CA waits for its certificate? */
bool ca_request_waits(void);

/* Certificates of OCSP keys by a root that is offline, when they are due. */
int ca_request_delegated(struct authority *);
/* Those that were signed: published when they begin, and not before. */
int ca_request_begun(struct authority *);

/* In the caller's transaction: reserve a serial number and write it down. */
int ca_request_store(struct authority *, int64_t root, struct ca_wish *);

/* The wish for an OCSP key's certificate by a root of that name. */
int ca_request_ocsp(struct ca_wish *, int64_t root, const char *country,
    const char *organisation, int64_t key_id, const char *key, struct span csr);

#endif
