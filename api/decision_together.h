#ifndef API_DECISION_TOGETHER_H
#define API_DECISION_TOGETHER_H

#include "api/decision_follow.h"
#include "key/uuid.h"

/*
 * Questions of several askers, judged and recorded by one transaction.
 */

struct decision_one {
	struct question q;  /* question_open(), with req below */
	struct request req; /* of the asker: principal and database alone */
	struct span tre, platform; /* hashes of the leaves */
	/* what came of it */
	bool alone; /* nothing: it must be asked by itself */
	struct buf answer;
	/* on the way there */
	char id[UUID_TEXT];
	struct buf receipt, looked_at, reasons, warnings;
	struct decision_follows follows;
};

/*
 * 0: each is answered, or is to be asked by itself.  -1: nobody knows what came
 * of those that are not; the error slot says why.
 */
int decision_together(struct db *, struct decision_one *const *, size_t n);

void decision_one_free(struct decision_one *);

#endif
