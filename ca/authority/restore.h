#ifndef AUTHORITY_RESTORE_H
#define AUTHORITY_RESTORE_H

#include "authority/authority.h"

/*
 * Is the database the one that the world has seen?  The authority's head
 * (revoke/seen.h) is VAR/authority/seen: it holds what certificates, CRLs and
 * feeds have told, and how far each issuer's indexes went, since no two keys
 * may ever have one serial number.  It goes where the keys go.
 */
int restore_open(struct authority *);

/* What each turn hears of the database first: which it is, does it stand. */
void restore_found(struct authority *, const char *identity, bool stands);

/*
 * 0: it stands, and the turn may go on.  -1: it does not (ERR_CONFLICT), or not
 * yet (ERR_BUSY): nothing is done in it but what two people have ordered to
 * resolve that.
 */
int restore_watch(struct authority *);

/* Keep what is there now, before anybody is shown it. */
int restore_keep(struct authority *);

/*
 * Indexes were reserved and committed, and somebody is about to sign for them:
 * those of all issuers are kept.  -1: they may not be used (the range becomes
 * void at a later turn).
 */
int restore_mark(struct authority *);

#endif
