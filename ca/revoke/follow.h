#ifndef REVOKE_FOLLOW_H
#define REVOKE_FOLLOW_H

#include <stdint.h>

struct db;
struct place;
struct status;

/*
 * One step of following: what is new in the status log goes into the index,
 * what is new among the publications becomes files, and the index learns that
 * it was up to date when the step began.
 */
struct follow {
	struct db *db; /* with the rights of assay_follower */
	struct status *index;
	struct place *place;
	int64_t publication; /* the newest seen */
};

/*
 * 0: up to date as of now (seconds since 1970, when the step began).
 * ERR_BUSY: the database is away.  ERR_CONFLICT: the log holds less than the
 * world has been told, as after a restore of an older backup: nothing is
 * applied and the index is no longer vouched for, so that OCSP ends rather than
 * take a revocation back.
 */
int follow_step(struct follow *, int64_t now);

#endif
