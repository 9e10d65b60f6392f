#ifndef AUTHORITY_ROOT_H
#define AUTHORITY_ROOT_H

#include "authority/authority.h"

/*
 * Roots.  One stands above itself, so that it cannot be reserved first: its
 * key, then its certificate and the register in one commit.  A key without a
 * certificate in the register has signed nothing that anybody has seen.
 */

#define ROOT_NAME "Root CA" /* each one's CN: a link has one name */

/* The first one. */
int root_make(struct authority *);

/*
 * The successor of the root that this approved proposal names, if two people
 * have truly signed it: a new key, its certificate and the two that link it
 * with the old one (RFC 9810 section 4.4) come into the register, and the old
 * root is retired, in one commit.  Of a root that is offline they are asked for
 * (root_offline.h).
 */
int root_succeed(struct authority *, int64_t proposal);

/* In the caller's transaction: what links two roots is told and published; the
 * two certificates are in the register. */
struct single;
int root_link_store(struct authority *, int64_t old_id, int64_t new_id,
    const struct single *old_with_new, const struct single *new_with_old);

#endif
