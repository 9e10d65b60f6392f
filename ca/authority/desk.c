/*
 * Open lots whose devices wait for an answer.
 */

#include <stdlib.h>

#include "authority/desk.h"
#include "authority/desk_inside.h"
#include "authority/single.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define AT_IT_MS 50   /* before others have their turn */
#define REST_MS	 1000 /* of one that failed: lot_run() finds out why */

/* At a time, of a lot and of all: while some are stored, others are on their
 * way here.  What they bring is held in memory. */
#define OF_A_LOT 32
#define OF_ALL	 512

static struct desk *desk_get(struct authority *, int64_t lot);

/* How many wait from row i on in the same lot. */
static int
count_same(const struct db_rows *r, int i)
{
	int n = 1;

	while (i + n < rows_count(r) &&
	    row_int(r, i + n, DESK_LOT) == row_int(r, i, DESK_LOT))
		n++;
	return n;
}

/* Does anybody among these wait who has no bell? */
bool
desk_calls(struct db_rows *r, int from, int n)
{
	int i;

	for (i = from; i < from + n; i++)
		if (row_int(r, i, DESK_BELL) < 0)
			return true;
	return false;
}

static struct db_rows *
waiting(struct authority *a)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, OF_A_LOT);
	db_arg_int(&args, OF_ALL);
	return db_query(a->db, "enrol_waiting", &args);
}

/*
 * One look.  *more: there may be others, who ring no bell: not all that wait
 * were seen, or issued, or some have none, who *call.
 */
static int
look(struct authority *a, bool *more, bool *left, bool *calls)
{
	struct db_rows *r = waiting(a);
	struct desk *d;
	int i, n, took, rc = 0;

	if (r == NULL)
		return -1;
	*calls = desk_calls(r, 0, rows_count(r));
	*more = false;
	for (i = 0; i < rows_count(r) && rc == 0; i += n) {
		n = count_same(r, i);
		d = desk_get(a, row_int(r, i, DESK_LOT));
		if (d->retry > clock_ms()) {
			*left = true;
			continue;
		}
		if ((took = desk_issue(a, d, r, i, n)) > 0) {
			if (took < n || n == OF_A_LOT || *calls)
				*more = true;
			continue;
		}
		*left = true;
		d->footing = 0;
		d->retry = clock_ms() + REST_MS;
		if (err_kind() != ERR_CONFLICT && err_kind() != ERR_DENIED)
			log_err("issue what an open lot waits for");
		rc = db_lost(a->db) ? -1 : 0;
	}
	if (rows_count(r) == OF_ALL)
		*more = true;
	rows_free(r);
	return rc;
}

int
desk_run(struct authority *a, bool *busy, bool *left)
{
	int64_t end = clock_ms() + AT_IT_MS;
	int looks;
	bool more, calls;

	for (looks = 1;; looks++) {
		if (look(a, &more, left, &calls) == -1)
			return -1;
		if (!more)
			return 0;
		if (clock_ms() >= end)
			break;
		/* There are more of them than one: they need not call. */
		if (looks > 1 && calls && a->awake != db_session(a->db) &&
		    db_exec(a->db, "enrol_awake_do", NULL) != -1)
			a->awake = db_session(a->db);
	}
	*busy = true;
	return 0;
}

void
desk_put_ids(const struct authority *a, struct buf *out)
{
	size_t i;

	for (i = 0; i < a->ndesks; i++)
		if (a->desks[i]->retry <= clock_ms())
			buf_printf(out, "%s%lld", out->n > 1 ? "," : "",
			    (long long)a->desks[i]->lot.id);
}

void
desk_done(struct authority *a, int64_t lot)
{
	size_t i;

	for (i = 0; i < a->ndesks; i++)
		if (a->desks[i]->lot.id == lot)
			a->desks[i]->retry = 0;
}

void
desk_sleep(struct authority *a)
{
	/* Else somebody may not be heard until the next turn. */
	a->awake = 0;
	if (db_exec(a->db, "enrol_asleep_do", NULL) == -1)
		log_err("wait for those who are about to ask");
}

/* ---- what is remembered */

static struct desk *
desk_get(struct authority *a, int64_t lot)
{
	struct desk *d;
	size_t i;

	for (i = 0; i < a->ndesks; i++)
		if (a->desks[i]->lot.id == lot)
			return a->desks[i];
	d = xcalloc(1, sizeof(*d));
	d->lot.id = lot;
	d->next_block = BLOCK_FIRST;
	a->desks = xrealloc(a->desks, (a->ndesks + 1) * sizeof(a->desks[0]));
	a->desks[a->ndesks++] = d;
	return d;
}

static void
desk_free(struct desk *d)
{
	db_lot_free(&d->lot);
	open_lot_free(d->header);
	free(d);
}

void
desk_forget_all(struct authority *a)
{
	while (a->ndesks > 0)
		desk_free(a->desks[--a->ndesks]);
	free(a->desks);
	a->desks = NULL;
}

void
desk_block_void(struct authority *a, struct desk *d)
{
	if (d->block.count > 0)
		single_void(a, &d->block);
	d->block.count = 0;
}

void
desk_close_all(struct authority *a)
{
	size_t i;

	for (i = 0; i < a->ndesks && !db_lost(a->db); i++)
		desk_block_void(a, a->desks[i]);
	desk_forget_all(a);
}

int
desk_sweep(struct authority *a)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf ids = BUF_EMPTY;
	struct db_rows *r;
	size_t i, j;

	if (a->ndesks == 0)
		return 0;
	for (i = 0; i < a->ndesks; i++)
		buf_printf(&ids, "%c%lld", i == 0 ? '{' : ',',
		    (long long)a->desks[i]->lot.id);
	buf_putc(&ids, '}');
	db_arg_text(&args, buf_str(&ids));
	r = db_query(a->db, "enrol_over", &args);
	buf_free(&ids);
	if (r == NULL)
		return -1;
	for (j = 0; j < (size_t)rows_count(r); j++)
		for (i = 0; i < a->ndesks; i++)
			if (a->desks[i]->lot.id == row_int(r, (int)j, 0)) {
				desk_block_void(a, a->desks[i]);
				desk_free(a->desks[i]);
				a->desks[i] = a->desks[--a->ndesks];
				break;
			}
	rows_free(r);
	return 0;
}
