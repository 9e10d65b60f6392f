#ifndef AUTHORITY_ISSUER_H
#define AUTHORITY_ISSUER_H

#include "authority/authority.h"
#include "db/issuer.h"
#include "key/key.h"
#include "x509/cert.h"

/* A certification authority of ours with its key, loaded and checked once. */
struct issuer {
	struct issuer_row row;
	struct key *key;  /* NULL: of a root that is offline */
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
 * publication and its first CRL.  Where the root is offline it is asked for:
 * NULL, and ca_request_waits().
 */
struct issuer *issuer_for(struct authority *, const char *role,
    int64_t organisation_id, const char *country, const char *name);

/*
 * Where the root is offline: ask for that CA before it is needed, if nobody
 * has.
 */
int issuer_ahead(struct authority *, const char *role, int64_t organisation_id,
    const char *country, const char *name);

/* The access CA, made when it does not exist yet; the root must. */
struct issuer *issuer_make_access(struct authority *);

/* ERR_CONFLICT, code ROOT_OFFLINE: what would need its key is refused. */
int issuer_is_offline(const struct issuer *);

/* How many indexes a CRL of this issuer covers; 0: all. */
uint64_t issuer_crl_shard(const struct authority *, const struct issuer *);

/* The name of its key (own_key.h). */
const char *issuer_key_name(int64_t id, char out[32]);

/* In the caller's transaction: a CA's register entry, certificate and its
 * publication.  Fills row from the certificate. */
struct single;
int issuer_store(
    struct authority *, const struct single *, struct issuer_row *);

void issuer_forget_all(struct authority *);

#endif
