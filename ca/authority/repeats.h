#ifndef AUTHORITY_REPEATS_H
#define AUTHORITY_REPEATS_H

#include "authority/row.h"
#include "authority/set.h"

/* What rows of a lot have brought so far. */
struct repeats {
	struct set keys, ids, tres;
};

#define REPEATS_EMPTY ((struct repeats){ SET_EMPTY, SET_EMPTY, SET_EMPTY })

/* Of rows, too, that the register knows from this very lot. */
#define KEY_REPEATED "an earlier row of this lot has the same key"
#define ID_REPEATED  "an earlier row of this lot has the id %s"

/*
 * Refuse what occurs twice: the first one counts, if nothing is wrong with it.
 * What an earlier step has issued is in the register.
 */
void repeats_judge(struct repeats *, struct row *rows, int n);
void repeats_free(struct repeats *);
/* Of these rows alone. */
void repeats_judge_all(struct row *rows, int n);

#endif
