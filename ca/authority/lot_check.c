/*
 * Checking a lot's rows: each by itself, against the lot, and against the
 * register; and all of them against the hash that the supplier signed.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "authority/accreditation.h"
#include "authority/lot.h"
#include "authority/rebinding.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/log.h"
#include "issue/manifest.h"

static int check_chunk(struct authority *, struct lot_work *,
    const struct lot *, struct db_rows *, struct row *);
static int hash_row(struct lot_work *, struct db_rows *, int);
static int finish(struct authority *, struct lot_work *, const struct lot *);

enum row_kind
lot_row_kind(const struct lot *l)
{
	return strcmp(l->kind, "tre") == 0 ? ROW_TRE : ROW_TERMINAL;
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
	struct db_rows *r;
	struct row *rows = NULL;
	int n, rc = -1;

	if (w->hash == NULL)
		w->hash = hash_new();
	if ((r = db_lot_rows(a->db, l->id, w->done, LOT_CHUNK)) == NULL)
		return -1;
	n = rows_count(r);
	if (n == 0) {
		rc = finish(a, w, l);
		goto out;
	}
	rows = xcalloc((size_t)n, sizeof(rows[0]));
	if (check_chunk(a, w, l, r, rows) == -1)
		goto out;
	w->done += n;
	rc = 0;
out:
	free(rows);
	rows_free(r);
	return rc;
}

/* Load a row; one that was refused before stays so, one that was found good
 * before a restart is not verified again. */
static int
check_row(struct authority *a, struct lot_work *w, const struct lot *l,
    struct db_rows *r, int i, struct row *row)
{
	row->row = (int)row_int(r, i, 0);
	row->id = row_text(r, i, 1);
	row->tre = row_text(r, i, 3);
	row->tac = row_text(r, i, 4);
	if (hash_row(w, r, i) == -1)
		return -1;
	if (strcmp(row_text(r, i, 6), "received") != 0) {
		row->reason = ""; /* no news */
		return 0;
	}
	row_judge_form(row, lot_row_kind(l), l->tacs);
	row_verify(row, row_bytes(r, i, 2), row->row > l->checked);
	row_judge_key(row, lot_profile(a, l));
	lot_judge_repeats(w, row);
	return 0;
}

static int
check_chunk(struct authority *a, struct lot_work *w, const struct lot *l,
    struct db_rows *r, struct row *rows)
{
	int i, n = rows_count(r), last;

	for (i = 0; i < n; i++)
		if (check_row(a, w, l, r, i, &rows[i]) == -1)
			return -1;
	last = rows[n - 1].row;
	if (last <= l->checked)
		return 0;
	if (lot_ask_register(a, l, rows, n) == -1 || db_begin(a->db) == -1)
		return -1;
	if (lot_store_refusals(a, l, rows, n) == -1 ||
	    db_lot_set_checked(a->db, l->id, last) == -1) {
		db_rollback(a->db);
		return -1;
	}
	return db_commit(a->db);
}

/*
 * The line as the supplier sent it goes into the hash.  Where the line itself
 * was kept, the columns must say what it says.
 */
static int
hash_row(struct lot_work *w, struct db_rows *r, int i)
{
	struct manifest_row m = { .row = 0 };
	struct buf line = BUF_EMPTY;
	struct span csr = row_bytes(r, i, 2);
	bool same = true;

	if (row_null(r, i, 5))
		manifest_row_write(&line, row_text(r, i, 1), csr,
		    row_text(r, i, 3), row_text(r, i, 4));
	else {
		buf_put_span(&line, row_bytes(r, i, 5));
		manifest_row_parse(buf_span(&line), &m);
		same = m.fault[0] != '\0' ||
		    (strcmp(m.id, row_text(r, i, 1)) == 0 &&
			strcmp(m.tre, row_text(r, i, 3)) == 0 &&
			strcmp(m.tac, row_text(r, i, 4)) == 0 &&
			span_equal(buf_span(&m.csr), csr));
		if (m.fault[0] != '\0' &&
		    strcmp(row_text(r, i, 6), "received") == 0)
			same = false;
		buf_putc(&line, '\n');
	}
	hash_put(w->hash, buf_span(&line));
	/* What never stood in the manifest spoils the proof at the end. */
	if (!same)
		hash_put(w->hash, span_str("not as it was sent"));
	manifest_row_free(&m);
	buf_free(&line);
	return 0;
}

/* Twice in one lot: the first one counts, if nothing is wrong with it. */
void
lot_judge_repeats(struct lot_work *w, struct row *row)
{
	uint8_t id[HASH_SIZE], tre[HASH_SIZE];

	if (row->reason != NULL)
		return;
	hash_sha256(span_str(row->id), id);
	hash_sha256(span_str(row->tre), tre);
	if (set_has(&w->keys, row->csr.spki_sha256)) {
		row_refuse(row, "KEY_REPEATED",
		    "an earlier row of this lot has the same key");
		/* both: it is the same device again */
		row->clone = set_has(&w->ids, id) ? NULL : "key";
	} else if (set_has(&w->ids, id)) {
		row_refuse(row, "ID_REPEATED",
		    "an earlier row of this lot has the id %s", row->id);
		row->clone = "id";
	} else if (row->tre[0] != '\0' && set_has(&w->tres, tre))
		row_refuse(row, "TRE_BOUND_ELSEWHERE",
		    "an earlier row of this lot contains the TrE %s", row->tre);
	if (row->reason != NULL)
		return;
	set_add(&w->keys, row->csr.spki_sha256);
	set_add(&w->ids, id);
	if (row->tre[0] != '\0')
		set_add(&w->tres, tre);
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

/* ---- what the register says */

static void
judge_by_register(struct row *row, enum row_kind kind, const bool said[6])
{
	enum { KEY, ID, TRE_KNOWN, TRE_ALLOWED, TRE_BOUND, TRE_GOOD };

	if (said[KEY])
		row_refuse(
		    row, "KEY_REGISTERED", "the key is registered already");
	if (said[ID])
		row_refuse(
		    row, "ID_REGISTERED", "%s is registered already", row->id);
	if (said[KEY] || said[ID])
		row->clone = said[KEY] ? "key" : "id";
	if (kind == ROW_TRE)
		return;
	if (!said[TRE_KNOWN])
		row_refuse(row, "TRE_UNKNOWN",
		    "there is no TrE %s in the register", row->tre);
	if (!said[TRE_ALLOWED])
		row_refuse(row, "TRE_NOT_ALLOWED",
		    "the model may not contain TrEs of the model of %s",
		    row->tre);
	if (said[TRE_BOUND])
		row_refuse(row, "TRE_BOUND_ELSEWHERE",
		    "the TrE %s is in another terminal", row->tre);
	if (!said[TRE_GOOD])
		row_refuse(row, "TRE_NOT_GOOD",
		    "the certificate of the TrE %s is not good", row->tre);
}

int
lot_ask_register(
    struct authority *a, const struct lot *l, struct row *rows, int n)
{
	struct buf numbers = BUF_EMPTY, keys = BUF_EMPTY;
	struct db_rows *r = NULL;
	bool said[6];
	int i, j, at = 0, rc = -1;

	for (i = 0; i < n; i++) {
		if (rows[i].reason != NULL)
			continue;
		buf_printf(
		    &numbers, "%c%d", numbers.n == 0 ? '{' : ',', rows[i].row);
		buf_puts(&keys, keys.n == 0 ? "{\"\\\\x" : ",\"\\\\x");
		hex_encode(&keys, span_of(rows[i].csr.spki_sha256, HASH_SIZE));
		buf_putc(&keys, '"');
	}
	if (numbers.n == 0) {
		rc = 0;
		goto out;
	}
	buf_putc(&numbers, '}');
	buf_putc(&keys, '}');
	r = db_lot_check_rows(a->db, l->id, buf_str(&numbers), buf_str(&keys));
	if (r == NULL)
		goto out;
	for (i = 0; i < rows_count(r); i++, at++) {
		while (at < n && rows[at].row != (int)row_int(r, i, 0))
			at++;
		if (at == n)
			break;
		for (j = 0; j < 6; j++)
			said[j] = row_bool(r, i, j + 1);
		judge_by_register(&rows[at], lot_row_kind(l), said);
		if (rebinding_judge(a, row_text(r, i, 7), &rows[at]) == -1)
			goto out;
	}
	rc = 0;
out:
	rows_free(r);
	buf_free(&numbers);
	buf_free(&keys);
	return rc;
}

static json_t *
refusal_of(const struct row *row)
{
	return json_pack("{s:i,s:s,s:s}", "row", row->row, "reason",
	    row->reason, "detail", row->detail);
}

/* One key or one id in two places: the database tells the case. */
static json_t *
clone_of(const struct row *row)
{
	struct buf hex = BUF_EMPTY;
	json_t *o;

	hex_encode(&hex, span_of(row->csr.spki_sha256, HASH_SIZE));
	o = json_pack("{s:i,s:s,s:s,s:s}", "row", row->row, "device_id",
	    row->id, "what", row->clone, "key", buf_str(&hex));
	buf_free(&hex);
	return o;
}

/* Hand the list to the database, if there is anything in it. */
static int
store_list(struct authority *a, const struct lot *l, json_t *list,
    int (*store)(struct db *, int64_t, const char *))
{
	char *text;
	int rc;

	if (json_array_size(list) == 0)
		return 0;
	text = json_dumps(list, JSON_COMPACT);
	rc = text == NULL ? err_set(ERR_INTERNAL, "a refusal is no UTF-8 text")
			  : store(a->db, l->id, text);
	free(text);
	return rc;
}

int
lot_store_refusals(
    struct authority *a, const struct lot *l, const struct row *rows, int n)
{
	json_t *refused = json_array(), *clones = json_array();
	int i, rc;

	for (i = 0; i < n; i++) {
		if (rows[i].reason == NULL || rows[i].reason[0] == '\0')
			continue;
		json_array_append_new(refused, refusal_of(&rows[i]));
		if (rows[i].clone != NULL)
			json_array_append_new(clones, clone_of(&rows[i]));
	}
	rc = store_list(a, l, refused, db_lot_rows_refuse);
	if (rc == 0)
		rc = store_list(a, l, clones, db_lot_clones_found);
	json_decref(refused);
	json_decref(clones);
	return rc;
}
