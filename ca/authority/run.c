/*
 * Runs of rows.
 */

#include "authority/run.h"

static int
row_made(const struct batch *b, int i)
{
	return b->rows[b->made[i].row].row;
}

/* How many rows from this one on lie one behind the other. */
static int
length(const struct batch *b, int from)
{
	int i = from + 1;

	while (i < b->good && row_made(b, i) == row_made(b, i - 1) + 1)
		i++;
	return i - from;
}

int
run_store(struct authority *a, const struct lot *l, const struct batch *b)
{
	struct buf rows = BUF_EMPTY, counts = BUF_EMPTY, indexes = BUF_EMPTY;
	int i, n, rc;
	char c = '{';

	for (i = 0; i < b->good; i += n, c = ',') {
		n = length(b, i);
		buf_printf(&rows, "%c%d", c, row_made(b, i));
		buf_printf(&counts, "%c%d", c, n);
		buf_printf(
		    &indexes, "%c%lld", c, (long long)b->range.first + i);
	}
	buf_putc(&rows, '}');
	buf_putc(&counts, '}');
	buf_putc(&indexes, '}');
	rc = db_lot_runs_issued(a->db, l->id, buf_str(&rows), buf_str(&counts),
	    b->range.issuer, buf_str(&indexes), b->good);
	buf_free(&rows);
	buf_free(&counts);
	buf_free(&indexes);
	return rc;
}
