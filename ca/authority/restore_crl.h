#ifndef AUTHORITY_RESTORE_CRL_H
#define AUTHORITY_RESTORE_CRL_H

#include <stdbool.h>

struct authority;

/*
 * Tell a database that has lost something what the published CRLs list: the
 * index may be lost, too.  It passes over what it knows, or an index has
 * claimed.  For some seconds at a time, from where it was then unless anew; 0:
 * that was all, 1: there is more.  -1: tried again.
 */
int restore_claim_crls(struct authority *, bool anew);

#endif
