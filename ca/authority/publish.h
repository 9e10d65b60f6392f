#ifndef AUTHORITY_PUBLISH_H
#define AUTHORITY_PUBLISH_H

#include "authority/issuer.h"

/*
 * What the authority publishes: files that the follower places, and delegated
 * certificates.
 */

/* A CA's certificate at the address that its children name (AIA). */
/* All roots that have not ended, in PEM. */
#define PUBLISH_ROOTS "public/ca/roots.pem"
int publish_roots(struct authority *);
int publish_issuer(struct authority *, int64_t issuer, struct span der);

/*
 * Each CRL that certificates of these indexes point at exists, made now where
 * it doesn't: none of them may be seen before.
 */
int publish_crls_of(
    struct authority *, const struct issuer *, uint64_t first, uint64_t count);

/* Those of a CA whose key is about to be destroyed: all that are due. */
int publish_last_crls(struct authority *, int64_t issuer);

/*
 * CRLs and delegated certificates that are due; CRLs alone where the clock has
 * leapt.  *more: CRLs still are, and other work's turn is first; NULL: all of
 * them now.
 */
int publish_due(struct authority *, bool *more);

#endif
