/*
 * Issuing a lot's certificates, LOT_CHUNK at a time: reserve and commit, build
 * and lint all, sign all, store and commit.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/ahead.h"
#include "authority/batch.h"
#include "authority/kept.h"
#include "authority/publish.h"
#include "authority/report.h"
#include "authority/restore.h"
#include "authority/single.h"
#include "base/err.h"
#include "base/log.h"
#include "issue/lint.h"

static bool known_meanwhile(struct lot_work *);
static int judge(struct authority *, const struct lot *, struct batch *);
static int obstacles(struct authority *, const struct lot *, int n);
static int stop(struct authority *, const struct lot *);
static int footing(struct authority *, const char *statement, int64_t *n);
static int lint_failed(struct authority *, const struct lot *);
static int issue(struct authority *, const struct lot *, struct batch *);
static int reserve(struct authority *, struct batch *, struct issuer *);
static int store(struct authority *, const struct lot *, struct batch *);

int
lot_issue(struct authority *a, struct lot_work *w, const struct lot *l)
{
	struct batch b;
	int rc = -1;

	if (batch_load_next(a, l, w->done, &b) == -1)
		return -1;
	b.careful = w->careful;
	if (b.n == 0) {
		rc = db_lot_set_state(a->db, l->id, "issuing", "issued", NULL);
		if (rc == 0)
			log_write(LOG_NOTE, "lot %s is issued", l->number);
	} else if ((rc = lot_issue_batch(a, l, &b)) == 0)
		w->done = b.rows[b.n - 1].row;
	else if (known_meanwhile(w))
		rc = 0;
	batch_free(&b);
	return rc;
}

/*
 * That keys and ids are new the register says when they are stored, if nothing
 * else counts; then each row is asked about, to find out which is not.
 */
static bool
known_meanwhile(struct lot_work *w)
{
	if (w->careful || err_kind() != ERR_CONFLICT ||
	    strcmp(err_code(), "ALREADY_EXISTS") != 0)
		return false;
	log_err("store what may be registered already");
	w->careful = true;
	return true;
}

static bool
must_ask(const struct lot *l, const struct batch *b)
{
	return b->careful || lot_is_report(l) || !lot_of_new_tres(l);
}

int
lot_issue_batch(struct authority *a, const struct lot *l, struct batch *b)
{
	if (judge(a, l, b) == -1)
		return -1;
	if (b->good == 0)
		return 0;
	if (!b->all_may && obstacles(a, l, b->renewal ? 0 : b->good) == -1)
		return err_kind() == ERR_DENIED ? stop(a, l) : -1;
	if (issue(a, l, b) == 0)
		return 0;
	return lint_has_failed() ? lint_failed(a, l) : -1;
}

/* While their keys are read: may all of them be issued?  If not, fewer may. */
static int
read_keys(struct authority *a, const struct lot *l, struct batch *b)
{
	int rc;

	batch_read_begin(a, l, b);
	rc = obstacles(a, l, b->renewal ? 0 : b->n);
	b->all_may = rc == 0;
	if (rc == 0 || err_kind() == ERR_DENIED)
		return batch_read_end(a);
	pool_drop(a->pool);
	return -1;
}

/* The register may have changed since the rows were checked. */
static int
judge(struct authority *a, const struct lot *l, struct batch *b)
{
	int i;

	if (read_keys(a, l, b) == -1)
		return -1;
	if (lot_is_report(l) && report_judge(a, l, b->rows, b->n) == -1)
		return -1;
	repeats_judge_all(b->rows, b->n);
	if (must_ask(l, b) && lot_ask_register(a, l, b->rows, b->n) == -1)
		return -1;
	if (lot_is_report(l) && report_lint(a, l, b) == -1)
		return -1;
	b->good = 0;
	for (i = 0; i < b->n; i++)
		b->good += b->rows[i].reason == NULL;
	if (b->good == b->n)
		return 0;
	if (db_begin(a->db) == -1)
		return -1;
	if (lot_store_refusals(a, l, b->rows, b->n) == -1) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db);
}

/* May n more be issued, at this moment?  ERR_DENIED with the first reason. */
static int
obstacles(struct authority *a, const struct lot *l, int n)
{
	struct db_rows *r = db_lot_obstacles(a->db, l->id, n);
	int rc = 0;

	if (r == NULL)
		return -1;
	if (rows_count(r) > 0)
		rc = err_set_code(
		    ERR_DENIED, "LOT_STOPPED", "%s", row_text(r, 0, 0));
	rows_free(r);
	return rc == 0 ? accreditation_verify(a, l) : -1;
}

/*
 * An open lot goes on once it may: what stands against it passes, mostly.  The
 * footing first: what moves while it is looked at once more is not missed.
 */
static int
stop_open(struct authority *a, const struct lot *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	int64_t n;

	if (footing(a, "enrol_footing", &n) == -1)
		return -1;
	if (obstacles(a, l, 0) == 0)
		return err_set(ERR_CONFLICT,
		    "what stood against lot %s has gone meanwhile", l->number);
	if (err_kind() != ERR_DENIED)
		return -1;
	log_write(
	    LOG_WARN, "lot %s is stopped for now: %s", l->number, err_text());
	db_arg_int(&args, l->id);
	db_arg_text(&args, err_text());
	db_arg_int(&args, n);
	return db_exec(a->db, "lot_stop_open", &args) == -1 ? -1 : 0;
}

/*
 * The right has ended: what is left is refused, what is issued stays.  An open
 * lot is over only if its own signature counts for nothing any more.
 */
static int
stop(struct authority *a, const struct lot *l)
{
	char *why;
	int rc = -1;

	if (l->open && accreditation_verify_signed(a, l) == 0)
		return stop_open(a, l);
	if (err_kind() != ERR_DENIED)
		return -1;
	why = xstrdup(err_text());
	log_write(LOG_WARN, "lot %s is stopped: %s", l->number, why);
	if (db_begin(a->db) == 0 && db_lot_stop(a->db, l->id, why) == 0 &&
	    db_lot_set_state(a->db, l->id, l->state, "issued", why) == 0)
		rc = db_commit(a->db);
	if (rc == -1)
		db_rollback(a->db);
	free(why);
	return rc;
}

/*
 * A profile or the register is wrong, and would be for the rest, too.  Nothing
 * of this chunk was signed.
 */
static int
lint_failed(struct authority *a, const struct lot *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	char *code = xstrdup(err_code()), *why = xstrdup(err_text());
	int rc = -1;

	log_write(LOG_ALARM, "lot %s is stopped by lint: %s: %s", l->number,
	    code, why);
	db_arg_int(&args, l->id);
	db_arg_text(&args, code);
	db_arg_text(&args, why);
	if (db_begin(a->db) == 0 &&
	    db_exec(a->db, "lot_lint_failed", &args) != -1)
		rc = db_commit(a->db);
	if (rc == -1)
		db_rollback(a->db);
	free(code);
	free(why);
	return rc;
}

/* The one that began it, though it be retired by now: no lot has two. */
static struct issuer *
issuer_of(struct authority *a, const struct lot *l)
{
	int64_t id;

	if (lot_is_report(l))
		return report_issuer(a, l);
	if (db_issuer_of_lot(a->db, l->id, &id) == -1)
		return NULL;
	return id != 0 ? issuer_get(a, id)
		       : issuer_for(a, l->kind, l->organisation_id, l->country,
			     l->organisation_name);
}

/* Made here, or what a delegated CA has made. */
static int
make(struct authority *a, const struct lot *l, struct batch *b,
    struct issuer *by)
{
	if (lot_is_report(l)) {
		report_fill(b);
		return 0;
	}
	if (publish_crls_of(a, by, (uint64_t)b->range.first,
		(uint64_t)b->range.count) == -1)
		return -1;
	return batch_lint_begin(a, l, by, b);
}

static int
issue(struct authority *a, const struct lot *l, struct batch *b)
{
	struct issuer *by = issuer_of(a, l);

	if (by == NULL || reserve(a, b, by) == -1)
		return -1;
	if (make(a, l, b, by) == 0 && store(a, l, b) == 0)
		return 0;
	(void)batch_make_end(a, b); /* not of a range that is void */
	kept_forget(a);		    /* some may not be in the register */
	single_void(a, &b->range);
	return -1;
}

/* T1: from here on the database knows of every index that will be signed. */
static int
reserve(struct authority *a, struct batch *b, struct issuer *by)
{
	if (db_begin(a->db) == -1)
		return -1;
	if (db_range_reserve(a->db, by->row.id, b->good, b->from_lot, false,
		&b->range) == -1) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db) == -1 ? -1 : restore_mark(a);
}

/* Of TrEs that are new: of others the register may change until their turn. */
static int
ask_ahead(struct authority *a, const struct lot *l, const struct batch *b)
{
	if (!lot_of_new_tres(l))
		return 0;
	return ahead_ask(a, l, AHEAD_ISSUE, b->rows[b->n - 1].row);
}

/* What rights to issue stand on. */
static int
footing(struct authority *a, const char *statement, int64_t *n)
{
	struct db_rows *r = db_query_one(a->db, statement, NULL);

	if (r == NULL)
		return -1;
	*n = row_int(r, 0, 0);
	rows_free(r);
	return 0;
}

/*
 * The last look, behind all locks: whoever takes the right away in another
 * place than the CoC has either committed before, and is seen here, or waits
 * for this commit.  Nothing has moved, mostly.
 */
static int
still(struct authority *a, const struct lot *l, int64_t before)
{
	int64_t now;

	if (footing(a, "footing_keep_do", &now) == -1)
		return -1;
	return now == before ? 0 : obstacles(a, l, 0);
}

/*
 * T2: all or nothing.  PostgreSQL takes devices while certificates are being
 * linted, and certificates while others of them are being signed; nobody waits
 * for a lock meanwhile, however slow the key is.
 * Then counting against the quota comes first, since it locks the CoC: whoever
 * suspends it waits for this commit, and the second look sees everything that
 * was committed before.
 */
static int
store(struct authority *a, const struct lot *l, struct batch *b)
{
	int64_t n;

	if (db_begin(a->db) == -1 || batch_store_devices(a, l, b) == -1 ||
	    batch_sign_begin(a, b) == -1 || batch_keep(a, b) == -1 ||
	    ask_ahead(a, l, b) == -1 ||
	    batch_store_certificates(a, l, b) == -1 ||
	    batch_store_rows(a, l, b) == -1 ||
	    footing(a, "enrol_footing", &n) == -1 || obstacles(a, l, 0) == -1 ||
	    batch_store_ends(a, l, b) == -1 ||
	    db_range_issued(a->db, &b->range, b->from_lot) == -1 ||
	    (lot_is_report(l) && report_catch_up(a, &b->range) == -1) ||
	    still(a, l, n) == -1)
		return -1;
	return db_commit(a->db);
}
