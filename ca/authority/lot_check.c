/*
 * Checking a lot's rows: each by itself, against the lot, and against the
 * register; and all of them against the hash that the supplier signed.
 */

#include <string.h>

#include <jansson.h>

#include "authority/accreditation.h"
#include "authority/ahead.h"
#include "authority/lot.h"
#include "authority/report.h"
#include "base/err.h"
#include "base/log.h"

/* Columns of the statement lot_rows. */
enum { ROW, ID, CSR, TRE, TAC, LINE, STATE };

/* A chunk under examination. */
struct checking {
	const struct lot *lot;
	const struct profile *profile; /* of its devices' certificates */
	struct db_rows *r;
	struct row *rows;
};

/* Rows that the register is asked about together, while others are verified. */
#define PIECE 2048

static int check_chunk(
    struct authority *, struct lot_work *, struct checking *, int n);
static int judge_chunk(
    struct authority *, struct lot_work *, struct checking *, int n);
static void write_line(struct db_rows *, int, enum manifest_kind, struct row *);
static int finish(struct authority *, struct lot_work *, const struct lot *);

static enum manifest_kind
kind_of(const struct lot *l)
{
	if (lot_is_report(l))
		return MANIFEST_CERTIFICATE;
	return strcmp(l->lot_kind, "key") == 0 ? MANIFEST_KEY : MANIFEST_CSR;
}

bool
lot_is_report(const struct lot *l)
{
	return strcmp(l->lot_kind, "certificate") == 0;
}

void
lot_row_verify(const struct lot *l, struct row *row, bool verify)
{
	if (kind_of(l) == MANIFEST_KEY)
		row_take_key(row, row->octets);
	else if (lot_is_report(l))
		row_take_certificate(row, row->octets);
	else
		row_verify(row, row->octets, verify);
}

enum row_kind
lot_row_kind(const struct lot *l)
{
	return strcmp(l->kind, "tre") == 0 ? ROW_TRE : ROW_TERMINAL;
}

bool
lot_of_new_tres(const struct lot *l)
{
	return lot_row_kind(l) == ROW_TRE && !l->open;
}

const struct profile *
lot_profile(const struct authority *a, const struct lot *l)
{
	return profile_get(a->profiles,
	    lot_row_kind(l) == ROW_TRE ? PROFILE_TRE : PROFILE_TERMINAL);
}

int
lot_check(struct authority *a, struct lot_work *w, const struct lot *l)
{
	struct checking c = { .lot = l, .profile = lot_profile(a, l) };
	int n, rc = -1;

	if (w->hash == NULL)
		w->hash = hash_new();
	if ((c.r = ahead_rows(a, l, AHEAD_CHECK, w->done)) == NULL)
		return -1;
	n = rows_count(c.r);
	if (n == 0) {
		rc = finish(a, w, l);
		goto out;
	}
	c.rows = xcalloc((size_t)n, sizeof(c.rows[0]));
	if (check_chunk(a, w, &c, n) == -1)
		goto out;
	w->done += n;
	rc = 0;
out:
	rows_done(c.rows, n);
	rows_free(c.r);
	return rc;
}

/*
 * In any thread: what can be said of a row by itself, and its line.  One that
 * was refused before stays so, and what was behind us before a restart is not
 * looked at again: it goes into the hash, no more.
 */
static int
check_row(void *ctx, size_t i)
{
	struct checking *c = ctx;
	const struct lot *l = c->lot;
	struct row *row = &c->rows[i];
	int n = (int)i;

	row->row = (int)row_int(c->r, n, ROW);
	row->id = row_text(c->r, n, ID);
	row->tre = row_text(c->r, n, TRE);
	row->tac = row_text(c->r, n, TAC);
	row->octets = row_bytes(c->r, n, CSR);
	write_line(c->r, n, kind_of(l), row);
	if (strcmp(row_text(c->r, n, STATE), "received") != 0 ||
	    row->row <= l->checked) {
		row->reason = ""; /* no news */
		return 0;
	}
	row_judge_form(row, lot_row_kind(l), l->tacs);
	lot_row_verify(l, row, true);
	if (!lot_is_report(l)) /* report_judge() will */
		row_judge_key(row, c->profile);
	return 0;
}

/* What came as malformed ones, of those that are new. */
static int
count_malformed(const struct checking *c, int n)
{
	int i, malformed = 0;

	for (i = 0; i < n; i++)
		malformed += c->rows[i].row > c->lot->checked &&
		    strcmp(row_text(c->r, i, STATE), "refused") == 0;
	return malformed;
}

static int
check_chunk(struct authority *a, struct lot_work *w, struct checking *c, int n)
{
	const struct lot *l = c->lot;
	int last;

	pool_begin(a->pool, (size_t)n, check_row, c);
	if (judge_chunk(a, w, c, n) == -1) {
		pool_drop(a->pool);
		return -1;
	}
	if (pool_join(a->pool) == -1)
		return -1;
	last = c->rows[n - 1].row;
	if (last <= l->checked)
		return 0;
	if (db_begin(a->db) == -1)
		return -1;
	if (lot_store_refusals(a, l, c->rows, n) == -1 ||
	    db_lot_set_checked(a->db, l->id, last, count_malformed(c, n)) ==
		-1) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db);
}

/* Those that other threads are done with, or are soon. */
static int
judge_piece(struct authority *a, struct lot_work *w, struct checking *c,
    struct repeats *seen, int from, int to)
{
	int i;

	for (i = from; i < to; i++) {
		if (pool_until(a->pool, (size_t)i) == -1)
			return pool_join(a->pool);
		hash_put(w->hash, buf_span(&c->rows[i].line));
	}
	/* has threads of its own look at them; a report is one piece */
	if (lot_is_report(c->lot) &&
	    (pool_join(a->pool) == -1 ||
		report_judge(a, c->lot, c->rows + from, to - from) == -1))
		return -1;
	repeats_judge(seen, c->rows + from, to - from);
	return lot_ask_register(a, c->lot, c->rows + from, to - from);
}

/* While they are verified: the next ones, and what the register says. */
static int
judge_chunk(struct authority *a, struct lot_work *w, struct checking *c, int n)
{
	struct repeats seen = REPEATS_EMPTY;
	int piece = lot_is_report(c->lot) ? n : PIECE, from, to, rc;

	rc = ahead_ask(a, c->lot, AHEAD_CHECK, (int)row_int(c->r, n - 1, ROW));
	for (from = 0; from < n && rc == 0; from = to) {
		to = n - from < piece ? n : from + piece;
		rc = judge_piece(a, w, c, &seen, from, to);
	}
	repeats_free(&seen);
	return rc;
}

/* Do the columns say what the line says? */
static bool
same_as_line(
    struct db_rows *r, int i, enum manifest_kind kind, const struct row *row)
{
	struct manifest_row m = { .row = 0 };
	bool same;

	manifest_row_parse(buf_span(&row->line), kind, &m);
	if (m.fault[0] != '\0')
		same = strcmp(row_text(r, i, STATE), "received") != 0;
	else
		same = strcmp(m.id, row->id) == 0 &&
		    strcmp(m.tre, row->tre) == 0 &&
		    strcmp(m.tac, row->tac) == 0 &&
		    span_equal(buf_span(&m.csr), row->octets);
	manifest_row_free(&m);
	return same;
}

/*
 * The line as the supplier sent it, for the hash.  Where the line itself was
 * kept, the columns must say what it says.
 */
static void
write_line(struct db_rows *r, int i, enum manifest_kind kind, struct row *row)
{
	bool same;

	if (row_null(r, i, LINE)) {
		manifest_row_write(
		    &row->line, kind, row->id, row->octets, row->tre, row->tac);
		return;
	}
	row_put_bytes(r, i, LINE, &row->line);
	same = same_as_line(r, i, kind, row);
	buf_putc(&row->line, '\n');
	/* What never stood in the manifest spoils the proof at the end. */
	if (!same)
		buf_puts(&row->line, "not as it was sent");
}

/* All rows seen: is it what was signed? */
static int
finish(struct authority *a, struct lot_work *w, const struct lot *l)
{
	uint8_t digest[HASH_SIZE];
	int rc;

	hash_end(w->hash, digest);
	rc = accreditation_verify_header(a, l);
	if (rc == 0 &&
	    (w->done != l->count ||
		memcmp(digest, l->rows_sha256, HASH_SIZE) != 0))
		rc = err_set_code(ERR_DENIED, "MANIFEST_NOT_AS_SIGNED",
		    "the rows are not those that the supplier signed");
	if (rc == 0)
		return db_lot_set_state(
		    a->db, l->id, "received", "validated", NULL);
	if (err_kind() != ERR_DENIED && err_kind() != ERR_INPUT)
		return -1;
	log_write(LOG_WARN, "lot %s is rejected: %s", l->number, err_text());
	return db_lot_set_state(
	    a->db, l->id, "received", "rejected", err_text());
}
