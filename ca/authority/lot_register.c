/*
 * What the register says of a lot's rows: is the key or the id known, is the
 * TrE one that this terminal may have; and what is refused is stored.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "authority/lot.h"
#include "authority/rebinding.h"
#include "authority/report.h"
#include "base/enc.h"
#include "base/err.h"

/* What the statement lot_check_rows says of a row, in this order. */
enum said {
	KEY_KNOWN,
	ID_KNOWN,
	TRE_KNOWN,
	TRE_ALLOWED,
	TRE_BOUND,
	TRE_GOOD,
	KEY_OF_LOT, /* known from an earlier row of this lot */
	ID_OF_LOT,
	RENEWS_NO_MORE, /* the device asked, and has ceased to be good */
	SAID
};

static void
judge_by_register(struct row *row, enum row_kind kind, const bool said[SAID])
{
	if (said[RENEWS_NO_MORE])
		row_refuse(row, "DEVICE_NOT_GOOD",
		    "the certificate with which %s asked, or the device "
		    "itself, is not good any more: only what is good renews",
		    row->id);
	if (said[KEY_OF_LOT])
		row_refuse(row, "KEY_REPEATED", KEY_REPEATED);
	if (said[KEY_KNOWN])
		row_refuse(
		    row, "KEY_REGISTERED", "the key is registered already");
	if (said[ID_OF_LOT])
		row_refuse(row, "ID_REPEATED", ID_REPEATED, row->id);
	if (said[ID_KNOWN])
		row_refuse(
		    row, "ID_REGISTERED", "%s is registered already", row->id);
	if (said[KEY_KNOWN] || said[ID_KNOWN])
		row->clone = said[KEY_KNOWN] ? "key" : "id";
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
		    "the TrE %s, its certificate or that of its CA is not good",
		    row->tre);
}

/*
 * What is asked about: those without fault.  In the order of their keys, and
 * the ids in theirs, as PostgreSQL looks for them: to sort them here is
 * cheaper.
 */
struct asked {
	struct db_array rows, ids, keys;
};

static void
asked_free(struct asked *q)
{
	db_array_free(&q->rows);
	db_array_free(&q->ids);
	db_array_free(&q->keys);
}

static int
by_key(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return memcmp((*x)->csr.spki_sha256, (*y)->csr.spki_sha256, HASH_SIZE);
}

static int
by_id(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static void
asked_fill(struct asked *q, const struct row *rows, int n)
{
	const struct row **asked = xcalloc((size_t)n + 1, sizeof(asked[0]));
	size_t i, m = 0;

	for (i = 0; i < (size_t)n; i++)
		if (rows[i].reason == NULL)
			asked[m++] = &rows[i];
	db_array_begin(&q->rows, DB_INT4);
	db_array_begin(&q->ids, DB_TEXT);
	db_array_begin(&q->keys, DB_BYTEA);
	qsort(asked, m, sizeof(asked[0]), by_key);
	for (i = 0; i < m; i++) {
		db_array_put_int4(&q->rows, asked[i]->row);
		db_array_put(
		    &q->keys, span_of(asked[i]->csr.spki_sha256, HASH_SIZE));
	}
	qsort(asked, m, sizeof(asked[0]), by_id);
	for (i = 0; i < m; i++)
		db_array_put(&q->ids, span_str(asked[i]->id));
	free(asked);
}

/* One look at all of them is a tenth of a look at each. */
static int
is_anything_known(
    struct authority *a, const struct lot *l, struct asked *q, bool *known)
{
	*known = q->rows.n > 0;
	if (!*known || !lot_of_new_tres(l))
		return 0;
	return db_lot_tres_known(a->db, &q->ids, &q->keys, known);
}

static int
judge_said(struct authority *a, const struct lot *l, struct row *rows, int n,
    const struct db_rows *r)
{
	bool said[SAID];
	int i, j, at = 0;

	for (i = 0; i < rows_count(r); i++, at++) {
		while (at < n && rows[at].row != (int)row_int(r, i, 0))
			at++;
		if (at == n)
			break;
		for (j = 0; j < SAID; j++)
			said[j] = row_bool(r, i, j + 1);
		judge_by_register(&rows[at], lot_row_kind(l), said);
		if (rebinding_judge(a, row_text(r, i, SAID + 1), &rows[at]) ==
		    -1)
			return -1;
	}
	return 0;
}

int
lot_ask_register(
    struct authority *a, const struct lot *l, struct row *rows, int n)
{
	struct db_rows *r = NULL;
	struct asked q;
	bool known;
	int rc = -1;

	asked_fill(&q, rows, n);
	if (is_anything_known(a, l, &q, &known) == -1)
		goto out;
	if (known) {
		r = db_lot_check_rows(
		    a->db, l->id, lot_of_new_tres(l), &q.rows, &q.keys);
		if (r == NULL || judge_said(a, l, rows, n, r) == -1)
			goto out;
	}
	rc = 0;
out:
	rows_free(r);
	asked_free(&q);
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
	if (rc == 0)
		rc = report_store_misissued(a, l, rows, n);
	json_decref(refused);
	json_decref(clones);
	return rc;
}
