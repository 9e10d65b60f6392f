#ifndef AUTHORITY_AHEAD_H
#define AUTHORITY_AHEAD_H

#include "authority/lot.h"

/*
 * A lot's next rows, asked for while other threads are still at work on those
 * before them: else each step would begin with a wait for PostgreSQL.  Of one
 * lot at a time, whose turn was the last; they can be lost at any time.
 */
enum ahead_of { AHEAD_CHECK, AHEAD_ISSUE };

/* The rows behind `after`: those that are there, or asked for now; rows_free()
 * them.  NULL on failure. */
struct db_rows *ahead_rows(
    struct authority *, const struct lot *, enum ahead_of, int after);
/* Ask for them, in a transaction or not.  If that fails, they are not there. */
int ahead_ask(struct authority *, const struct lot *, enum ahead_of, int after);
void ahead_forget(struct authority *);

#endif
