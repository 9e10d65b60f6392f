#ifndef REVOKE_CLAIM_H
#define REVOKE_CLAIM_H

#include <stdint.h>

struct db;
struct status;

/*
 * Tell a database that has lost events what this index knows better: whatever
 * is revoked or on hold by events after that one.  What the database knows,
 * too, it passes over.  It has to have heard of the loss from this witness
 * before.
 */
int claim_send(
    struct db *, struct status *, const char *witness, uint64_t after);

#endif
