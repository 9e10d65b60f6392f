#ifndef AUTHORITY_ISSUER_H
#define AUTHORITY_ISSUER_H

#include "authority/authority.h"
#include "db/issuer.h"
#include "key/key.h"
#include "x509/cert.h"

/* A certification authority of ours with its key, loaded and checked once. */
struct issuer {
	struct issuer_row row;
	struct key *key;
	struct cert cert; /* borrows from row.cert */
};

/*
 * By its id; owned by the authority.  ERR_INTERNAL when the key is not
 * the key of the certificate in the register.
 */
struct issuer *issuer_get(struct authority *, int64_t id);

/*
 * The issuing CA of a supplier for a role (tre, terminal): made when it does
 * not exist yet, with its key, its certificate by the root, the certificate's
 * publication and its first CRL.
 */
struct issuer *issuer_for(struct authority *, const char *role,
    int64_t organisation_id, const char *country, const char *name);

/* The access CA, made when it does not exist yet; the root must. */
struct issuer *issuer_make_access(struct authority *);

/* How many indexes a CRL of this issuer covers; 0: all. */
uint64_t issuer_crl_shard(const struct authority *, const struct issuer *);

void issuer_forget_all(struct authority *);

#endif
