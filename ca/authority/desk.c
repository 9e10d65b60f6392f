/*
 * Open lots whose devices wait for an answer.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/accreditation.h"
#include "authority/batch.h"
#include "authority/desk.h"
#include "authority/proof.h"
#include "authority/publish.h"
#include "authority/single.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* Columns of the statement enrol_waiting. */
enum { LOT, ROW, ID, CSR, TRE, TAC, STATE, PROOF, RENEWS, NOW, FOOTING };

/* Indexes reserved ahead: few at first, since those that are left over at the
 * end are void. */
#define BLOCK_FIRST 16
#define BLOCK_MOST  1024

#define AT_IT_MS 50   /* before others have their turn */
#define REST_MS	 1000 /* of one that failed: lot_run() finds out why */

struct desk {
	struct lot lot;
	struct open_lot *header;
	struct issuer *by;
	struct range block; /* reserved, and not used yet */
	int64_t next_block; /* how long the next one will be */

	int64_t footing; /* 0: nothing is proven */
	int64_t proven, until;
	int64_t retry; /* clock_ms() before which it is lot_run()'s */
};

static struct desk *desk_get(struct authority *, int64_t lot);
static int serve(
    struct authority *, struct desk *, struct db_rows *, int from, int n);

/* How many wait from row i on in the same lot. */
static int
count_same(const struct db_rows *r, int i)
{
	int n = 1;

	while (i + n < rows_count(r) &&
	    row_int(r, i + n, LOT) == row_int(r, i, LOT))
		n++;
	return n;
}

/* One look.  *did: something was issued. */
static int
look(struct authority *a, bool *did, bool *left)
{
	struct db_rows *r = db_query(a->db, "enrol_waiting", NULL);
	struct desk *d;
	int i, n, rc = 0;

	if (r == NULL)
		return -1;
	for (i = 0; i < rows_count(r) && rc == 0; i += n) {
		n = count_same(r, i);
		d = desk_get(a, row_int(r, i, LOT));
		if (d->retry > clock_ms()) {
			*left = true;
			continue;
		}
		if (serve(a, d, r, i, n) == 0) {
			*did = true;
			continue;
		}
		*left = true;
		d->footing = 0;
		d->retry = clock_ms() + REST_MS;
		if (err_kind() != ERR_CONFLICT && err_kind() != ERR_DENIED)
			log_err("issue what an open lot waits for");
		rc = db_lost(a->db) ? -1 : 0;
	}
	rows_free(r);
	return rc;
}

int
desk_run(struct authority *a, bool *busy, bool *left)
{
	int64_t end = clock_ms() + AT_IT_MS;
	int looks;
	bool did;

	for (looks = 1;; looks++) {
		did = false;
		if (look(a, &did, left) == -1)
			return -1;
		if (!did)
			return 0;
		if (clock_ms() >= end)
			break;
		/* There are more of them than one: they need not call. */
		if (looks > 1 && a->awake != db_session(a->db) &&
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
	free(d->header);
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

static void
block_void(struct authority *a, struct desk *d)
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
		block_void(a, a->desks[i]);
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
				block_void(a, a->desks[i]);
				desk_free(a->desks[i]);
				a->desks[i] = a->desks[--a->ndesks];
				break;
			}
	rows_free(r);
	return 0;
}

/* ---- its right to be issued */

static int
until(struct authority *a, struct desk *d)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, d->lot.id);
	if ((r = db_query_one(a->db, "enrol_until", &args)) == NULL)
		return -1;
	d->until = row_time(r, 0, 0);
	rows_free(r);
	return 0;
}

/* The footing first: whatever moves it afterwards is seen when it is stored. */
static int
footing(struct authority *a, int64_t *n, int64_t *now)
{
	struct db_rows *r = db_query_one(a->db, "enrol_footing", NULL);

	if (r == NULL)
		return -1;
	*n = row_int(r, 0, 0);
	*now = row_time(r, 0, 1);
	rows_free(r);
	return 0;
}

static int
judge_right(struct authority *a, struct desk *d)
{
	struct db_rows *r = db_lot_obstacles(a->db, d->lot.id, 0);
	int n;

	if (r == NULL)
		return -1;
	n = rows_count(r);
	rows_free(r);
	return n == 0 ? accreditation_verify(a, &d->lot)
		      : err_set_code(ERR_DENIED, "LOT_STOPPED",
			    "the lot may not be issued");
}

static int
prove(struct authority *a, struct desk *d)
{
	int64_t lot = d->lot.id, n, issuer;

	db_lot_free(&d->lot);
	free(d->header);
	d->header = NULL;
	if (footing(a, &n, &d->proven) == -1 ||
	    db_lot_get(a->db, lot, &d->lot) == -1 || judge_right(a, d) == -1 ||
	    until(a, d) == -1 || db_issuer_of_lot(a->db, lot, &issuer) == -1)
		return -1;
	if (issuer == 0)
		return err_set(ERR_CONFLICT, "its CA is yet to be made");
	if (d->block.issuer != issuer)
		block_void(a, d);
	if ((d->by = issuer_get(a, issuer)) == NULL ||
	    (d->header = proof_header(&d->lot)) == NULL)
		return -1;
	d->footing = n;
	return 0;
}

/* ---- rows */

static int
not_ordinary(void)
{
	return err_set(ERR_CONFLICT, "this takes the long way");
}

/* What one of them brings. */
struct reading {
	const struct desk *d;
	const struct profile *profile;
	struct db_rows *r;
	int from;
	struct row *rows;
};

/* In any thread. */
static int
read_row(void *ctx, size_t i)
{
	struct reading *c = ctx;
	struct row *row = &c->rows[i];

	row_put_bytes(c->r, c->from + (int)i, CSR, &row->octets);
	row_judge_form(row, ROW_TRE, c->d->lot.tacs);
	row_verify(row, buf_span(&row->octets), true);
	row_judge_key(row, c->profile);
	return 0;
}

/* All of them, and each is as it should be, or it is for lot_run(). */
static int
read_rows(struct authority *a, struct desk *d, struct db_rows *r, int from,
    struct batch *b)
{
	struct reading c = { d, lot_profile(a, &d->lot), r, from, b->rows };
	struct span proof;
	int i;

	for (i = 0; i < b->n; i++) {
		if (strcmp(row_text(r, from + i, STATE), "received") != 0 ||
		    row_bool(r, from + i, RENEWS))
			return not_ordinary();
		b->rows[i].row = (int)row_int(r, from + i, ROW);
		b->rows[i].id = row_text(r, from + i, ID);
		b->rows[i].tre = row_text(r, from + i, TRE);
		b->rows[i].tac = row_text(r, from + i, TAC);
	}
	if (pool_each(a->pool, (size_t)b->n, read_row, &c) == -1)
		return -1;
	for (i = 0; i < b->n; i++) {
		proof = row_null(r, from + i, PROOF)
		    ? span_of(NULL, 0)
		    : row_bytes(r, from + i, PROOF);
		if (proof_judge_new(a, d->header, proof, &b->rows[i]) == -1)
			return -1;
	}
	lot_judge_repeats(b->rows, b->n);
	for (i = 0; i < b->n; i++)
		if (b->rows[i].reason != NULL)
			return not_ordinary();
	return 0;
}

/* ---- certificates */

static int
reserve(struct authority *a, struct desk *d)
{
	if (d->block.count > 0)
		return 0;
	if (db_begin(a->db) == -1)
		return -1;
	if (db_range_reserve(a->db, d->by->row.id, d->next_block, d->lot.id,
		false, &d->block) == -1) {
		d->block.count = 0;
		db_rollback(a->db);
		return -1;
	}
	if (db_commit(a->db) == -1) {
		d->block.count = 0;
		a->leftovers = true;
		return -1;
	}
	d->next_block *= 4;
	if (d->next_block > BLOCK_MOST)
		d->next_block = BLOCK_MOST;
	/* No certificate may point at a CRL that is not there. */
	return publish_crls_of(
	    a, d->by, (uint64_t)d->block.first, (uint64_t)d->block.count);
}

/* What the arrays of the statement have of each. */
enum { IDS, SERIALS, DERS, HASHES, KEYS, ARRAYS };

static void
fill(const struct batch *b, struct db_array *arrays)
{
	static const enum db_array_of of[ARRAYS] = { DB_TEXT, DB_BYTEA,
		DB_BYTEA, DB_BYTEA, DB_BYTEA };
	const struct made *m;
	const struct row *row;
	int i;

	for (i = 0; i < ARRAYS; i++)
		db_array_begin(&arrays[i], of[i]);
	for (i = 0; i < b->good; i++) {
		m = &b->made[i];
		row = &b->rows[m->row];
		db_array_put(&arrays[IDS], span_str(row->id));
		db_array_put(&arrays[SERIALS], span_of(m->serial, SERIAL_SIZE));
		db_array_put(&arrays[DERS], buf_span(&m->der));
		db_array_put(&arrays[HASHES], span_of(m->sha256, HASH_SIZE));
		db_array_put(
		    &arrays[KEYS], span_of(row->csr.spki_sha256, HASH_SIZE));
	}
}

/* One transaction: all of it, or nothing. */
static int
store(struct authority *a, const struct desk *d, const struct batch *b)
{
	struct db_array arrays[ARRAYS];
	struct db_args args = DB_ARGS_EMPTY;
	int i, rc;

	fill(b, arrays);
	db_arg_int(&args, d->lot.id);
	db_arg_int(&args, d->block.id);
	db_arg_int(&args, d->block.first);
	db_arg_int(&args, d->footing);
	db_arg_time(&args, d->proven);
	db_arg_time(&args, d->until);
	db_arg_int(&args, b->rows[b->n - 1].row);
	for (i = 0; i < ARRAYS; i++)
		db_arg_array(&args, &arrays[i]);
	db_arg_time(&args, b->made[0].not_before);
	rc = db_exec(a->db, "enrol_issue_do", &args) == -1 ? -1 : 0;
	for (i = 0; i < ARRAYS; i++)
		db_array_free(&arrays[i]);
	return rc;
}

/* The first rows, as many as there are indexes for. */
static int
issue(struct authority *a, struct desk *d, struct batch *b)
{
	b->from_lot = d->lot.id;
	b->from_site = d->lot.site;
	b->range = d->block;
	if (batch_build(a, &d->lot, d->by, b) == 0 &&
	    batch_sign_end(a, b) == 0 && store(a, d, b) == 0) {
		d->block.first += b->good;
		d->block.count -= b->good;
		return 0;
	}
	(void)batch_sign_end(a, b);
	block_void(a, d); /* its first indexes are in what was signed */
	return -1;
}

/* Rows from..from+n: some of them at least. */
static int
serve(struct authority *a, struct desk *d, struct db_rows *r, int from, int n)
{
	struct batch b = { .n = n, .now = row_int(r, from, NOW) };
	int rc = -1;

	if ((d->footing != row_int(r, from, FOOTING) || b.now >= d->until) &&
	    prove(a, d) == -1)
		return -1;
	if (lot_row_kind(&d->lot) != ROW_TRE)
		return not_ordinary();
	if (reserve(a, d) == -1)
		return -1;
	if (b.n > d->block.count)
		b.n = (int)d->block.count;
	b.good = b.n;
	b.rows = xcalloc((size_t)b.n, sizeof(b.rows[0]));
	if (read_rows(a, d, r, from, &b) == 0)
		rc = issue(a, d, &b);
	batch_free(&b);
	return rc;
}
