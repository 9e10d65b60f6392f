/*
 * Lots through their states, a step at a time.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/ahead.h"
#include "authority/ca_request.h"
#include "authority/desk.h"
#include "authority/issuer.h"
#include "authority/lot.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

static struct lot_work *work_get(struct authority *, int64_t id);
static void work_forget(struct authority *, int64_t id);
static void work_reset(struct lot_work *);
static void forget_others(struct authority *, const struct db_rows *);
static struct db_rows *turns(struct authority *);
static int step(struct authority *, struct lot_work *);
static int start(struct authority *, const struct lot *);

int
lot_run(struct authority *a, bool *busy)
{
	struct db_rows *r = turns(a);
	struct lot_work *w;
	int i, rc = 0;

	if (r == NULL)
		return -1;
	forget_others(a, r);
	if (rows_count(r) == 0)
		ahead_forget(a);
	for (i = 0; i < rows_count(r) && rc == 0; i++) {
		if (!row_bool(r, i, 1))
			continue;
		*busy = true;
		w = work_get(a, row_int(r, i, 0));
		w->last = true;
		if (step(a, w) == 0)
			continue;
		if (ca_request_waits()) {
			log_write(LOG_NOTE, "lot: %s", err_text());
			continue; /* it has no turn until it is there */
		}
		/*
		 * Away for all of them, or one that must not stop the rest:
		 * somebody holds a lock on what this one needs?
		 */
		rc = err_kind() == ERR_BUSY && db_lost(a->db) ? -1 : 0;
		log_err("work off a lot");
		db_rollback(a->db);
		w->failures += w->failures < 8;
		w->retry = clock_ms() + (500 << w->failures);
		work_reset(w);
	}
	rows_free(r);
	return rc;
}

static bool
is_resting(const struct lot_work *w)
{
	return w->retry > clock_ms();
}

static bool
is_last(const struct lot_work *w)
{
	return w->last;
}

static bool
is_remembered(const struct lot_work *w)
{
	(void)w;
	return true;
}

/* The ids of those that are so, as an array literal. */
static void
put_ids(const struct authority *a, bool (*is)(const struct lot_work *),
    struct buf *out)
{
	size_t i;

	buf_putc(out, '{');
	for (i = 0; i < a->nworks; i++)
		if (is(a->works[i]))
			buf_printf(out, "%s%lld", out->n > 1 ? "," : "",
			    (long long)a->works[i]->id);
	buf_putc(out, '}');
}

/* Whose turn it is now.  Those of the last time are no longer the last. */
static struct db_rows *
turns(struct authority *a)
{
	struct buf skip = BUF_EMPTY, last = BUF_EMPTY, all = BUF_EMPTY;
	struct db_rows *r;
	size_t i;

	put_ids(a, is_resting, &skip);
	skip.n--; /* the brace */
	desk_put_ids(a, &skip);
	buf_putc(&skip, '}');
	put_ids(a, is_last, &last);
	put_ids(a, is_remembered, &all);
	r = db_lot_waiting(
	    a->db, buf_str(&skip), buf_str(&last), buf_str(&all));
	for (i = 0; r != NULL && i < a->nworks; i++)
		a->works[i]->last = false;
	buf_free(&skip);
	buf_free(&last);
	buf_free(&all);
	return r;
}

static int
step(struct authority *a, struct lot_work *w)
{
	struct lot l;
	int rc = -1;

	if (db_lot_get(a->db, w->id, &l) == -1)
		goto out;
	if (strcmp(l.state, "received") == 0) {
		rc = l.open ? lot_open(a, &l) : lot_check(a, w, &l);
		if (rc == 0)
			w->failures = 0;
		goto out;
	}
	if (w->hash != NULL)
		work_reset(w); /* it has passed the check */
	if (strcmp(l.state, "validated") == 0)
		rc = lot_approve(a, &l);
	else if (strcmp(l.state, "approved") == 0)
		rc = start(a, &l);
	else if (strcmp(l.state, "issuing") == 0)
		rc = lot_issue(a, w, &l);
	else if (strcmp(l.state, "open") == 0) {
		rc = lot_enrol(a, &l);
		if (rc == 0)
			desk_done(a, l.id);
	} else
		rc = 0;
out:
	db_lot_free(&l);
	return rc;
}

int
lot_approve(struct authority *a, const struct lot *l)
{
	struct db_rows *r;
	struct buf why = BUF_EMPTY;
	int i, rc = -1;

	r = db_lot_obstacles(
	    a->db, l->id, l->open ? !l->renewal : l->count - l->refused);
	if (r == NULL)
		goto out;
	for (i = 0; i < rows_count(r); i++)
		buf_printf(&why, "%s%s", i > 0 ? "; " : "", row_text(r, i, 0));
	if (why.n == 0 && accreditation_verify(a, l) == -1) {
		if (err_kind() != ERR_DENIED)
			goto out;
		buf_puts(&why, err_text());
	}
	if (why.n == 0 && l->open &&
	    issuer_ahead(a, l->kind, l->organisation_id, l->country,
		l->organisation_name) == -1)
		goto out;
	if (why.n == 0)
		rc = db_lot_set_state(a->db, l->id, l->state,
		    l->open ? "open" : "approved", NULL);
	else {
		log_write(LOG_WARN, "lot %s is rejected: %s", l->number,
		    buf_str(&why));
		rc = db_lot_set_state(
		    a->db, l->id, l->state, "rejected", buf_str(&why));
	}
out:
	rows_free(r);
	buf_free(&why);
	return rc;
}

static int
start(struct authority *a, const struct lot *l)
{
	return db_lot_set_state(a->db, l->id, "approved", "issuing", NULL);
}

/* ---- what is remembered */

static struct lot_work *
work_get(struct authority *a, int64_t id)
{
	struct lot_work *w;
	size_t i;

	for (i = 0; i < a->nworks; i++)
		if (a->works[i]->id == id)
			return a->works[i];
	w = xcalloc(1, sizeof(*w));
	w->id = id;
	a->works = xrealloc(a->works, (a->nworks + 1) * sizeof(a->works[0]));
	a->works[a->nworks++] = w;
	return w;
}

/* From the lot's beginning again; how often it failed is kept. */
static void
work_reset(struct lot_work *w)
{
	hash_free(w->hash);
	w->hash = NULL;
	w->done = 0;
}

static void
work_forget(struct authority *a, int64_t id)
{
	size_t i;

	for (i = 0; i < a->nworks; i++)
		if (a->works[i]->id == id) {
			work_reset(a->works[i]);
			free(a->works[i]);
			a->works[i] = a->works[--a->nworks];
			return;
		}
}

/* Those that wait no longer, nor rest. */
static void
forget_others(struct authority *a, const struct db_rows *waiting)
{
	int64_t now = clock_ms();
	size_t i = 0;
	int j;

	while (i < a->nworks) {
		for (j = 0; j < rows_count(waiting); j++)
			if (row_int(waiting, j, 0) == a->works[i]->id)
				break;
		if (j < rows_count(waiting) || a->works[i]->retry > now)
			i++;
		else
			work_forget(a, a->works[i]->id);
	}
}

void
lot_forget_all(struct authority *a)
{
	while (a->nworks > 0)
		work_forget(a, a->works[0]->id);
	free(a->works);
	a->works = NULL;
	ahead_forget(a);
}
