#ifndef REVOKE_CLAIM_H
#define REVOKE_CLAIM_H

struct db;
struct status;

/*
 * Tell a database that has lost events what this index knows: all that is
 * revoked or on hold.  What the database knows, too, it passes over.  It has to
 * have heard of the loss from this witness before.
 */
int claim_send(struct db *, struct status *, const char *witness);

#endif
