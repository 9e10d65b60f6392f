/*
 * Rows before their turn.
 */

#include <stdlib.h>

#include "authority/ahead.h"

struct ahead {
	int64_t lot;
	enum ahead_of of;
	int after;
	struct db_rows *rows; /* NULL: none */
};

static struct db_rows *
ask(struct authority *a, const struct lot *l, enum ahead_of of, int after)
{
	if (of == AHEAD_CHECK)
		return db_lot_rows(a->db, l->id, after, LOT_CHUNK);
	return db_lot_issue_rows(
	    a->db, l->id, lot_of_new_tres(l), after, LOT_CHUNK);
}

void
ahead_forget(struct authority *a)
{
	if (a->ahead != NULL)
		rows_free(a->ahead->rows);
	free(a->ahead);
	a->ahead = NULL;
}

struct db_rows *
ahead_rows(
    struct authority *a, const struct lot *l, enum ahead_of of, int after)
{
	struct ahead *h = a->ahead;
	struct db_rows *rows;

	if (h == NULL || h->lot != l->id || h->of != of || h->after != after) {
		ahead_forget(a);
		return ask(a, l, of, after);
	}
	rows = h->rows;
	h->rows = NULL;
	ahead_forget(a);
	return rows;
}

int
ahead_ask(struct authority *a, const struct lot *l, enum ahead_of of, int after)
{
	struct db_rows *rows = ask(a, l, of, after);

	ahead_forget(a);
	if (rows == NULL)
		return -1;
	a->ahead = xcalloc(1, sizeof(*a->ahead));
	*a->ahead = (struct ahead){ l->id, of, after, rows };
	return 0;
}
