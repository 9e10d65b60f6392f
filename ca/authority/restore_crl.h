#ifndef AUTHORITY_RESTORE_CRL_H
#define AUTHORITY_RESTORE_CRL_H

struct authority;

/*
 * Tell a database that has lost something what the published CRLs list: the
 * index may be lost, too.  It passes over what it knows, or an index has
 * claimed.  -1: tried again.
 */
int restore_claim_crls(struct authority *);

#endif
