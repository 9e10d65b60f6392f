/*
 * Certificates for those who wait at a desk.
 */

#include <string.h>

#include "authority/batch.h"
#include "authority/desk_inside.h"
#include "authority/proof.h"
#include "authority/publish.h"
#include "authority/restore.h"
#include "base/err.h"

static int
not_ordinary(void)
{
	return err_set(ERR_CONFLICT, "this takes the long way");
}

/*
 * Of so few PostgreSQL does nothing while they are verified and signed: where
 * nobody else is at work, the kernel lets whoever is written to wait until who
 * wrote is done, and to be asked twice costs more than there is to be shared.
 */
#define FEW 2

static bool
few(const struct batch *b)
{
	return b->n <= FEW;
}

/* What one of them brings. */
struct reading {
	const struct desk *d;
	const struct profile *profile;
	struct row *rows;
};

/* In any thread. */
static int
read_row(void *ctx, size_t i)
{
	struct reading *c = ctx;
	struct row *row = &c->rows[i];

	row_judge_form(row, lot_row_kind(&c->d->lot), c->d->lot.tacs);
	row_verify(row, row->octets, true);
	row_judge_key(row, c->profile);
	return 0;
}

/*
 * What a terminal rests on: its TrE.  (That a key or an id is new, of a TrE
 * too, the register says when it is stored.)
 */
static int
ask_register(struct authority *a, const struct lot *l, struct batch *b)
{
	int i;

	if (lot_ask_register(a, l, b->rows, b->n) == -1)
		return -1;
	b->r = db_lot_issue_rows(a->db, l->id, false, b->rows[0].row - 1, b->n);
	if (b->r == NULL)
		return -1;
	if (rows_count(b->r) != b->n)
		return not_ordinary();
	for (i = 0; i < b->n; i++)
		if (row_int(b->r, i, 0) != b->rows[i].row ||
		    batch_device(b, i) != 0)
			return not_ordinary();
	return 0;
}

static int
take_rows(struct db_rows *r, int from, struct batch *b)
{
	int i;

	for (i = 0; i < b->n; i++) {
		if (strcmp(row_text(r, from + i, DESK_STATE), "received") !=
			0 ||
		    row_bool(r, from + i, DESK_RENEWS))
			return not_ordinary();
		b->rows[i].row = (int)row_int(r, from + i, DESK_ROW);
		b->rows[i].id = row_text(r, from + i, DESK_ID);
		b->rows[i].tre = row_text(r, from + i, DESK_TRE);
		b->rows[i].tac = row_text(r, from + i, DESK_TAC);
		b->rows[i].octets = row_bytes(r, from + i, DESK_CSR);
	}
	return 0;
}

/* All of them, and each is as it should be, or it is for lot_run(). */
static int
read_rows(struct authority *a, struct desk *d, struct db_rows *r, int from,
    struct batch *b)
{
	struct reading c = { d, lot_profile(a, &d->lot), b->rows };
	struct span proof;
	int i;

	if (pool_each(a->pool, (size_t)b->n, read_row, &c) == -1)
		return -1;
	for (i = 0; i < b->n; i++) {
		proof = row_null(r, from + i, DESK_PROOF)
		    ? span_of(NULL, 0)
		    : row_bytes(r, from + i, DESK_PROOF);
		if (proof_judge_new(d->header, proof, b->now, &b->rows[i]) ==
		    -1)
			return -1;
	}
	repeats_judge_all(b->rows, b->n);
	if (lot_row_kind(&d->lot) == ROW_TERMINAL &&
	    ask_register(a, &d->lot, b) == -1)
		return -1;
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
	if (restore_mark(a) == -1) {
		d->block.count = 0;
		return -1;
	}
	d->next_block *= 4;
	if (d->next_block > BLOCK_MOST)
		d->next_block = BLOCK_MOST;
	/* No certificate may point at a CRL that is not there. */
	return publish_crls_of(
	    a, d->by, (uint64_t)d->block.first, (uint64_t)d->block.count);
}

/* Ids and TACs of all that there are. */
static void
fill_names(const struct lot *l, const struct batch *b, struct db_array names[2])
{
	bool terminal = lot_row_kind(l) == ROW_TERMINAL;
	const char *said;
	char tac[9];
	int i;

	db_array_begin(&names[0], DB_TEXT);
	db_array_begin(&names[1], DB_TEXT);
	for (i = 0; i < b->n; i++) {
		said = terminal ? row_tac(b->rows[i].tac, l->tacs, tac) : "";
		db_array_put(&names[0], span_str(b->rows[i].id));
		db_array_put(&names[1], span_str(said));
	}
}

/* What does not need their certificates, while these are being made. */
static int
begin(struct authority *a, const struct desk *d, const struct batch *b)
{
	const struct lot *l = &d->lot;
	struct db_array names[2];
	struct db_args args = DB_ARGS_EMPTY;
	int rc;

	fill_names(l, b, names);
	db_arg_int(&args, l->id);
	db_arg_int(&args, d->block.id);
	db_arg_int(&args, d->block.first);
	db_arg_int(&args, b->rows[b->n - 1].row);
	db_arg_array(&args, &names[0]);
	db_arg_array(&args, &names[1]);
	rc = db_early(a->db, "enrol_begin_do", &args, "enrol_issue_do");
	db_array_free(&names[0]);
	db_array_free(&names[1]);
	return rc;
}

/* What the arrays of the statement have of each. */
enum { SERIALS, DERS, HASHES, KEYS, TRES, ARRAYS };

static void
fill(const struct lot *l, const struct batch *b, struct db_array *arrays)
{
	static const enum db_array_of of[ARRAYS] = { DB_BYTEA, DB_BYTEA,
		DB_BYTEA, DB_BYTEA, DB_INT8 };
	bool terminal = lot_row_kind(l) == ROW_TERMINAL;
	const struct made *m;
	int i;

	for (i = 0; i < ARRAYS; i++)
		db_array_begin(&arrays[i], of[i]);
	for (i = 0; i < b->good; i++) {
		m = &b->made[i];
		db_array_put(&arrays[SERIALS], span_of(m->serial, SERIAL_SIZE));
		db_array_put(&arrays[DERS], buf_span(&m->der));
		db_array_put(&arrays[HASHES], span_of(m->sha256, HASH_SIZE));
		db_array_put(&arrays[KEYS],
		    span_of(b->rows[m->row].csr.spki_sha256, HASH_SIZE));
		db_array_put_int8(
		    &arrays[TRES], terminal ? batch_tre(b, m->row) : 0);
	}
}

/* The devices that enrol_begin() made: one array. */
static int
begun(struct authority *a, struct db_array *devices)
{
	struct db_rows *r = db_early_rows(a->db);
	int i;

	if (r == NULL)
		return -1;
	db_array_begin(devices, DB_INT8);
	for (i = 0; i < rows_count(r); i++)
		db_array_put_int8(devices, row_int(r, i, 0));
	rows_free(r);
	return 0;
}

/* The same transaction, or both halves of it: all of it, or nothing. */
static int
store(
    struct authority *a, const struct desk *d, const struct batch *b, bool call)
{
	struct db_array made[2] = { 0 }, arrays[ARRAYS];
	struct db_args args = DB_ARGS_EMPTY;
	bool whole = few(b);
	int i, rc;

	if (whole)
		fill_names(&d->lot, b, made);
	else if (begun(a, &made[0]) == -1)
		return -1;
	fill(&d->lot, b, arrays);
	db_arg_int(&args, d->lot.id);
	db_arg_int(&args, d->block.id);
	db_arg_int(&args, d->block.first);
	db_arg_int(&args, d->footing);
	db_arg_time(&args, d->proven);
	db_arg_time(&args, d->until);
	db_arg_int(&args, b->rows[b->n - 1].row);
	db_arg_array(&args, &made[0]);
	if (whole)
		db_arg_array(&args, &made[1]);
	for (i = 0; i < ARRAYS; i++)
		db_arg_array(&args, &arrays[i]);
	db_arg_time(&args, b->made[0].not_before);
	db_arg_bool(&args, call);
	if (whole)
		rc = db_exec(a->db, "enrol_whole_do", &args) == -1 ? -1 : 0;
	else
		rc = db_late(a->db, "enrol_issue_do", &args);
	for (i = 0; i < ARRAYS; i++)
		db_array_free(&arrays[i]);
	db_array_free(&made[0]);
	db_array_free(&made[1]);
	return rc;
}

/* The first rows, as many as there are indexes for. */
static int
issue(struct authority *a, struct desk *d, struct batch *b, bool call)
{
	b->from_lot = d->lot.id;
	b->from_site = d->lot.site;
	b->range = d->block;
	if (batch_build(a, &d->lot, d->by, b) == 0 &&
	    batch_make_end(a, b) == 0 && store(a, d, b, call) == 0) {
		d->block.first += b->good;
		d->block.count -= b->good;
		return 0;
	}
	(void)batch_make_end(a, b);
	db_early_undo(a->db);
	/* Its first indexes are in what was signed.  So few the next time: who
	 * has this happen over and over wastes no more. */
	desk_block_void(a, d);
	d->next_block = BLOCK_FIRST;
	return -1;
}

/*
 * Of TrEs nothing is asked of the register, so that it can work meanwhile; of
 * terminals it is asked first.
 */
static int
read_and_begin(struct authority *a, struct desk *d, struct db_rows *r, int from,
    struct batch *b)
{
	bool asks = lot_row_kind(&d->lot) == ROW_TERMINAL;

	if (take_rows(r, from, b) == -1)
		return -1;
	if (!asks && !few(b) && begin(a, d, b) == -1)
		return -1;
	if (read_rows(a, d, r, from, b) == -1)
		return -1;
	return asks && !few(b) ? begin(a, d, b) : 0;
}

/* Rows from..from+n: some of them at least. */
int
desk_issue(
    struct authority *a, struct desk *d, struct db_rows *r, int from, int n)
{
	struct batch b = { .n = n, .now = row_int(r, from, DESK_NOW) };
	int rc = -1;

	if ((d->footing != row_int(r, from, DESK_FOOTING) ||
		b.now >= d->until) &&
	    desk_prove(a, d) == -1)
		return -1;
	if (reserve(a, d) == -1)
		return -1;
	if (b.n > d->block.count)
		b.n = (int)d->block.count;
	b.good = b.n;
	b.rows = xcalloc((size_t)b.n, sizeof(b.rows[0]));
	if (read_and_begin(a, d, r, from, &b) == 0)
		rc = issue(a, d, &b, desk_calls(r, from, b.n));
	if (rc == 0) {
		desk_tell(a, &d->lot, &b, r, from);
		rc = b.n;
	}
	db_early_undo(a->db);
	batch_free(&b);
	return rc;
}
