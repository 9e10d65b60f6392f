#ifndef AUTHORITY_OWN_KEY_H
#define AUTHORITY_OWN_KEY_H

#include "authority/authority.h"
#include "key/key.h"

/*
 * The authority's own keys by name: root, access, issuer-ID, feed, request,
 * and root-ID, access-ID of their successors.  On the
 * token if assay.cnf has one (pkcs11_token), else VAR/authority/NAME.key. Where
 * a token came later, keys of before are in their files still, and used there;
 * all new ones are made on it.
 */
int own_key_open(struct authority *);
/* key_free() it; NULL: ERR_ABSENT, or why it could not be read. */
struct key *own_key_load(const struct authority *, const char *name);
/* The same, made if it is missing: one that an interrupted attempt left behind
 * has signed nothing. */
struct key *own_key_ready(
    const struct authority *, const char *name, enum key_kind);
/*
 * It is nowhere any more: on the token its objects, in its file every octet.
 * Only a key with that public half is touched; 0, too, where there is none.
 */
int own_key_destroy(
    const struct authority *, const char *name, struct span spki);

#endif
