#ifndef AUTHORITY_ISSUER_H
#define AUTHORITY_ISSUER_H

#include "authority/authority.h"
#include "db/issuer.h"
#include "key/key.h"
#include "x509/cert.h"

/* A certification authority of ours with its key, loaded and checked once; of a
 * delegated one, and one whose key is destroyed, the public key. */
struct issuer {
	struct issuer_row row;
	struct key
	    *key; /* NULL: of a root that is offline, or has none any more */
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

/* The root under which new CAs come; those before it are retired. */
struct issuer *issuer_root(struct authority *);

/* The access CA that certifies, made when there is none; the root must be. */
struct issuer *issuer_access(struct authority *);

/*
 * Issuing CAs that open lots wait for, since their suppliers' were retired:
 * devices ask for its certificate before they ask for their own.
 */
int issuer_make_missing(struct authority *);

/* What its certificate says of it. */
void issuer_row_fill(struct issuer_row *, const struct cert *);

/* A part of a name, malloc'd: a span has no NUL. */
char *issuer_name_part(struct span);

/* What its key is called (own_key.h). */
#define ISSUER_KEY_NAME 32
const char *issuer_key_name(
    const struct issuer_row *, char out[ISSUER_KEY_NAME]);

/* ERR_CONFLICT, code ROOT_OFFLINE: what would need its key is refused. */
int issuer_is_offline(const struct issuer *);

/* In the caller's transaction: a CA's register entry, certificate and its
 * publication.  Fills row from the certificate. */
struct single;
int issuer_store(
    struct authority *, const struct single *, struct issuer_row *);

/* How many indexes a CRL of this issuer covers; 0: all. */
uint64_t issuer_crl_shard(const struct authority *, const struct issuer *);

void issuer_forget_all(struct authority *);
/* One that was rolled back. */
void issuer_forget(struct authority *, int64_t id);

#endif
