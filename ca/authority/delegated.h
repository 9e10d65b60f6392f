#ifndef AUTHORITY_DELEGATED_H
#define AUTHORITY_DELEGATED_H

#include "authority/authority.h"

/*
 * Certificates of keys that sign from day to day, renewed at half their life:
 * an OCSP key gets one of each issuer (RFC 6960 section 4.2.2.2; published for
 * the status workers), all others one of the access CA; a TLS server's is
 * published for nginx.
 */

/* One that a root has signed offline, in the caller's transaction. */
struct delegated_due;
struct single;
int delegated_store(
    struct authority *, const struct delegated_due *, const struct single *);

/* All that are due. */
int delegated_renew(struct authority *);

/* The authority's own key of that kind, made when it is missing, and its
 * certificate if it can be had; key_free(). */
struct key *delegated_own(struct authority *, const char *kind);

#endif
