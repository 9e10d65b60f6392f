/*
 * Open lots, whose rows come one at a time.
 *
 * A row is final once lot.checked has passed it, so whatever happens between
 * two rows' commits, those behind it are looked at from the beginning.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/batch.h"
#include "authority/proof.h"
#include "base/err.h"
#include "base/log.h"

/* Rows looked at together: few, since somebody waits for each. */
#define OPEN_CHUNK 256

static int check(struct authority *, const struct lot *, int *last);
static int check_rows(
    struct authority *, const struct lot *, struct db_rows *, struct row *);
static int issue_new(struct authority *, const struct lot *, int last);
static int issue_renewals(struct authority *, const struct lot *, int last);

int
lot_open(struct authority *a, const struct lot *l)
{
	if (accreditation_verify_header(a, l) == -1) {
		if (err_kind() != ERR_DENIED && err_kind() != ERR_INPUT)
			return -1;
		log_write(
		    LOG_WARN, "lot %s is rejected: %s", l->number, err_text());
		return db_lot_set_state(
		    a->db, l->id, "received", "rejected", err_text());
	}
	/* Devices ask for its certificate before they ask for their own. */
	if (issuer_for(a, l->kind, l->organisation_id, l->country,
		l->organisation_name) == NULL)
		return -1;
	return lot_approve(a, l);
}

int
lot_enrol(struct authority *a, const struct lot *l)
{
	int last = l->checked;

	if (check(a, l, &last) == -1 || issue_new(a, l, last) == -1 ||
	    issue_renewals(a, l, last) == -1)
		return -1;
	return db_lot_set_checked(a->db, l->id, last, 0);
}

/* The rows by themselves, against each other and against the register. */
static int
check(struct authority *a, const struct lot *l, int *last)
{
	struct db_rows *r = db_lot_rows(a->db, l->id, l->checked, OPEN_CHUNK);
	struct row *rows;
	int n, rc = -1;

	if (r == NULL)
		return -1;
	n = rows_count(r);
	rows = xcalloc((size_t)n + 1, sizeof(rows[0]));
	if (check_rows(a, l, r, rows) == 0 && db_begin(a->db) == 0) {
		rc = lot_store_refusals(a, l, rows, n);
		if (rc == 0)
			rc = db_commit(a->db);
		else
			db_rollback(a->db);
	}
	if (n > 0)
		*last = rows[n - 1].row;
	free(rows);
	rows_free(r);
	return rc;
}

static int
check_rows(struct authority *a, const struct lot *l, struct db_rows *r,
    struct row *rows)
{
	int i, n = rows_count(r);

	for (i = 0; i < n; i++) {
		rows[i].row = (int)row_int(r, i, 0);
		rows[i].id = row_text(r, i, 1);
		rows[i].tre = row_text(r, i, 3);
		rows[i].tac = row_text(r, i, 4);
		if (strcmp(row_text(r, i, 6), "received") != 0) {
			rows[i].reason = ""; /* no news */
			continue;
		}
		row_judge_form(&rows[i], lot_row_kind(l), l->tacs);
		row_verify(&rows[i], row_bytes(r, i, 2), true);
		row_judge_key(&rows[i], lot_profile(a, l));
	}
	if (proof_judge(a, l, rows, n) == -1)
		return -1;
	repeats_judge_all(rows, n);
	return lot_ask_register(a, l, rows, n);
}

/* New devices beyond what the quota leaves: when it is raised they may come
 * again. */
static int
refuse_beyond_quota(struct authority *a, const struct lot *l, struct batch *b)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int64_t left;
	int i;

	db_arg_int(&args, l->id);
	if ((r = db_query_one(a->db, "lot_quota_left", &args)) == NULL)
		return -1;
	left = row_int(r, 0, 0);
	rows_free(r);
	for (i = 0; i < b->n; i++)
		if (!batch_renews(b, i) && left-- <= 0)
			row_refuse(&b->rows[i], "LOT_STOPPED",
			    "the quota of the CoC %s is used up", l->coc);
	return 0;
}

/* Those that were looked at, and none that came since; not what renews. */
static int
issue_new(struct authority *a, const struct lot *l, int last)
{
	struct batch b;
	int i, rc = 0;

	if (batch_load(a, l, l->checked, OPEN_CHUNK, &b) == -1)
		return -1;
	while (b.n > 0 && b.rows[b.n - 1].row > last)
		b.n--;
	for (i = 0; i < b.n; i++)
		if (batch_renews(&b, i))
			b.rows[i].reason = ""; /* later */
	if (b.n > 0 && !b.renewal) {
		rc = refuse_beyond_quota(a, l, &b);
		if (rc == 0)
			rc = lot_issue_batch(a, l, &b);
	}
	batch_free(&b);
	return rc;
}

/*
 * One at a time: each belongs to the lot that its device came from, so that a
 * measure against that lot goes on reaching it.
 */
static int
issue_renewals(struct authority *a, const struct lot *l, int last)
{
	struct batch b;
	int row = l->checked, rc = 0;

	while (rc == 0 && row < last) {
		if (batch_load(a, l, row, 1, &b) == -1)
			return -1;
		row = b.n == 0 ? last : b.rows[0].row;
		if (b.n > 0 && b.renewal && row <= last)
			rc = lot_issue_batch(a, l, &b);
		batch_free(&b);
	}
	return rc;
}
