/*
 * Decisions of several askers at the same time, in the record.
 */

#include <string.h>

#include "db/decision_inside.h"

/* ---- what they rest on */

enum { ASKERS, PURPOSES, CHALLENGES, TRES, PLATFORMS, ASKED };

static void
put_asked(struct db_array *arrays, const struct decision_asked *q, size_t n)
{
	size_t i;

	for (i = 0; i < ASKED; i++)
		db_array_begin(&arrays[i], i == PURPOSES ? DB_TEXT : DB_BYTEA);
	for (i = 0; i < n; i++) {
		db_array_put(&arrays[ASKERS], q[i].certificate);
		db_array_put(&arrays[PURPOSES], span_str(q[i].purpose));
		db_array_put(&arrays[CHALLENGES], q[i].challenge);
		db_array_put(&arrays[TRES], q[i].tre_sha256);
		db_array_put(&arrays[PLATFORMS], q[i].platform_sha256);
	}
}

static void
read_asked(struct db_rows *rows, int row, struct decision_asked *q)
{
	db_decision_read(rows, row, q->facts, q->record);
	if (strcmp(row_text(rows, row, SIDE), "now") != 0)
		return;
	q->organisation = row_int(rows, row, DEVICE);
	q->facts->challenge =
	    db_challenge_find(row_text(rows, row, DEVICE_STATE));
}

int
db_decision_facts_together(struct db *db, struct decision_asked *q, size_t n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array arrays[ASKED];
	struct db_rows *rows;
	size_t i;
	int r;

	put_asked(arrays, q, n);
	for (i = 0; i < ASKED; i++)
		db_arg_array(&args, &arrays[i]);
	for (i = 0; i < n; i++) {
		q[i].organisation = 0;
		q[i].facts->nmeasures = 0;
		q[i].facts->measures_known = true;
	}
	rows = db_query_binary(db, "decision_facts_together", &args);
	for (r = 0; rows != NULL && r < rows_count(rows); r++)
		read_asked(rows, r, &q[row_int(rows, r, PLACE) - 1]);
	for (i = 0; i < ASKED; i++)
		db_array_free(&arrays[i]);
	if (rows == NULL)
		return -1;
	rows_free(rows);
	return 0;
}

/* ---- what came of them */

/* In the order of decision_add_together_do; the event and the signer between.
 */
enum {
	CERTIFICATE,
	CHALLENGE,
	ID,
	REQUEST,
	REQUEST_SHA256,
	PURPOSE,
	MODE,
	VERDICT,
	REASONS,
	WARNINGS,
	TRE,
	PLATFORM,
	RECEIPT,
	LOOKED_AT,
	LOOKED_AT_TEXT,
	SERVE_TRE,
	SERVE_PLATFORM,
	FOUND
};

static void
put_found(struct db_array *to, const struct decision_found *f)
{
	db_array_put(&to[CERTIFICATE], f->certificate);
	db_array_put(&to[CHALLENGE], f->challenge);
	db_array_put(&to[ID], span_str(f->id));
	db_array_put(&to[REQUEST], span_str(f->request_id));
	db_array_put(&to[REQUEST_SHA256], f->request_sha256);
	db_array_put(&to[PURPOSE], span_str(f->purpose));
	db_array_put(&to[MODE], span_str(f->mode));
	db_array_put(&to[VERDICT], span_str(f->verdict));
	db_array_put(&to[REASONS], f->reasons);
	db_array_put(&to[WARNINGS], f->warnings);
	db_array_put(&to[TRE], f->tre_sha256);
	db_array_put(&to[PLATFORM], f->platform_sha256);
	db_array_put(&to[RECEIPT], f->receipt);
	db_array_put_int8(&to[LOOKED_AT],
	    db_array_put_once(&to[LOOKED_AT_TEXT], f->looked_at));
	db_array_put_int8(&to[SERVE_TRE], f->serve[0]);
	db_array_put_int8(&to[SERVE_PLATFORM], f->serve[1]);
}

static enum db_array_of
type_of(int column)
{
	switch (column) {
	case CERTIFICATE:
	case CHALLENGE:
	case REQUEST_SHA256:
	case TRE:
	case PLATFORM:
		return DB_BYTEA;
	case LOOKED_AT:
	case SERVE_TRE:
	case SERVE_PLATFORM:
		return DB_INT8;
	default:
		return DB_TEXT;
	}
}

static void
arg_found(struct db_args *args, struct db_array *arrays, int64_t event,
    int64_t signer)
{
	int i;

	for (i = 0; i < FOUND; i++) {
		if (i == RECEIPT)
			db_arg_int(args, event);
		if (i == LOOKED_AT)
			db_arg_int(args, signer);
		db_arg_array(args, &arrays[i]);
	}
}

int
db_decision_add_together(struct db *db, int64_t event, int64_t signer,
    struct decision_found *found, size_t n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_array arrays[FOUND];
	struct db_rows *rows;
	size_t i;
	int r;

	for (i = 0; i < FOUND; i++)
		db_array_begin(&arrays[i], type_of((int)i));
	for (i = 0; i < n; i++) {
		put_found(arrays, &found[i]);
		found[i].recorded = false;
	}
	arg_found(&args, arrays, event, signer);
	rows = db_query(db, "decision_add_together_do", &args);
	for (r = 0; rows != NULL && r < rows_count(rows); r++)
		found[row_int(rows, r, 0) - 1].recorded = true;
	for (i = 0; i < FOUND; i++)
		db_array_free(&arrays[i]);
	if (rows == NULL)
		return -1;
	rows_free(rows);
	return 0;
}
