#ifndef REVOKE_FOLLOW_H
#define REVOKE_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "revoke/seen.h"

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
	bool more;	     /* publications are left for the next step */
	struct seen seen;    /* kept outside the database */
	char claimed[124];   /* the database that has heard what it lost */
	uint64_t upto;	     /* events of this step */
	int64_t checked;     /* when a part of the index was looked through */
};

/*
 * 0: up to date as of now (seconds since 1970, when the step began).
 * ERR_BUSY: the database is away, or a replica that is behind.  ERR_CONFLICT:
 * the log holds less than the world has been told, as after a restore of an
 * older backup, or another witness says so: nothing is applied, the index says
 * of nothing that it is good, and the database hears what it has lost.
 */
int follow_step(struct follow *, int64_t now);

/*
 * Look through a part of the index, once a second at the most; one that is
 * damaged is begun again, and the next step builds it.
 */
int follow_check(struct follow *);

#endif
