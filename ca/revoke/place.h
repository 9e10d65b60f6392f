#ifndef REVOKE_PLACE_H
#define REVOKE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Files that the authority publishes through the database: CRLs, CA
 * certificates and feeds for everybody (VAR/public), delegated OCSP
 * certificates for the status workers (VAR/status/ocsp).  A file is there whole
 * or not at all, and is never replaced by an older one: of what was placed
 * since place_open(), by its id, of CRLs by their numbers, too.
 */
struct place;

struct place *place_open(const char *var);
void place_free(struct place *);

/* Is this publication newer than what was placed under its path? */
bool place_wants(const struct place *, int64_t id, const char *path);

/*
 * Write it, as of the time at which it was made.  ERR_DENIED for a path outside
 * public/crl, public/ca, public/feed, public/kit and status/ocsp, whatever the
 * database says.  One that is there already with the same octets is left alone.
 */
int place_put(
    struct place *, int64_t id, const char *path, struct span, int64_t made);

/*
 * The same of a CRL that is too large to be had at once: content puts all of
 * it, and returns -1 where that fails.  What has come must be a whole CRL.
 */
struct place_file;
int place_put_crl(struct place *, int64_t id, const char *path, int64_t made,
    int (*content)(struct place_file *, void *), void *ctx);
int place_file_put(struct place_file *, struct span);

#endif
