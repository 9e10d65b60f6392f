/*
 * Lots and their rows: db/sql/lot.sql and lot_work.sql in C.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/lot.h"

int
db_lot_get(struct db *db, int64_t id, struct lot *l)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct span digest;

	memset(l, 0, sizeof(*l));
	db_arg_int(&args, id);
	if ((r = db_query_one(db, "lot_get", &args)) == NULL)
		return -1;
	l->id = row_int(r, 0, 0);
	ROW_COPY(l->number, r, 0, 1);
	ROW_COPY(l->state, r, 0, 2);
	l->organisation_id = row_int(r, 0, 3);
	ROW_COPY(l->organisation, r, 0, 4);
	l->model_id = row_int(r, 0, 5);
	ROW_COPY(l->model, r, 0, 6);
	ROW_COPY(l->kind, r, 0, 7);
	ROW_COPY(l->site, r, 0, 8);
	l->coc_id = row_int(r, 0, 9);
	ROW_COPY(l->coc, r, 0, 10);
	l->count = (int)row_int(r, 0, 11);
	l->checked = (int)row_int(r, 0, 12);
	l->issued = (int)row_int(r, 0, 13);
	l->refused = (int)row_int(r, 0, 14);
	l->header_jws = xstrdup(row_text(r, 0, 15));
	digest = row_bytes(r, 0, 16);
	if (digest.n == sizeof(l->rows_sha256))
		memcpy(l->rows_sha256, digest.p, digest.n);
	ROW_COPY(l->reference, r, 0, 17);
	ROW_COPY(l->organisation_name, r, 0, 18);
	ROW_COPY(l->country, r, 0, 19);
	ROW_COPY(l->version, r, 0, 20);
	ROW_COPY(l->least_firmware, r, 0, 21);
	l->level = (int)row_int(r, 0, 22);
	ROW_COPY(l->ruleset, r, 0, 23);
	l->tacs = xstrdup(row_text(r, 0, 24));
	l->open = row_bool(r, 0, 25);
	l->until = row_time(r, 0, 26);
	l->renewal = row_bool(r, 0, 27);
	ROW_COPY(l->lot_kind, r, 0, 28);
	ROW_COPY(l->ca, r, 0, 29);
	l->ca_issuer = row_int(r, 0, 30);
	l->coc_valid_from = row_time(r, 0, 31);
	l->created = row_time(r, 0, 32);
	rows_wipe(r); /* as db_lot_free() */
	return 0;
}

void
db_lot_free(struct lot *l)
{
	free(l->tacs);
	if (l->header_jws != NULL) /* of an open lot: keys are in it */
		explicit_bzero(l->header_jws, strlen(l->header_jws));
	free(l->header_jws);
	l->tacs = l->header_jws = NULL;
}

static int
begun(struct db_rows *r, struct lot_begun *out)
{
	if (r == NULL)
		return -1;
	out->id = row_int(r, 0, 0);
	ROW_COPY(out->number, r, 0, 1);
	out->existing = row_bool(r, 0, 2);
	rows_free(r);
	return 0;
}

int
db_lot_begin(struct db *db, const struct lot_begin *in, struct lot_begun *out)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, in->model);
	db_arg_text(&args, in->site);
	db_arg_int(&args, in->count);
	db_arg_text(&args, in->reference);
	db_arg_text(&args, in->header_jws);
	db_arg_bytes(&args, in->rows_sha256);
	db_arg_text(&args, in->kind);
	db_arg_text(&args, in->ca);
	return begun(db_query_one(db, "lot_begin_do", &args), out);
}

int
db_lot_open(struct db *db, const struct lot_open *in, struct lot_begun *out)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, in->model);
	db_arg_text(&args, in->site);
	db_arg_int(&args, in->count);
	db_arg_time(&args, in->until);
	db_arg_bool(&args, in->renewal);
	db_arg_text(&args, in->secrets);
	db_arg_text(&args, in->reference);
	db_arg_text(&args, in->header_jws);
	return begun(db_query_one(db, "lot_open_do", &args), out);
}

struct db_rows *
db_lot_waiting(
    struct db *db, const char *skip, const char *last, const char *remembered)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, skip);
	db_arg_text(&args, last);
	db_arg_text(&args, remembered);
	return db_query(db, "lot_waiting", &args);
}

static struct db_rows *
some_rows(
    struct db *db, const char *statement, int64_t lot, int after, int most)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_int(&args, after);
	db_arg_int(&args, most);
	return db_query_binary(db, statement, &args);
}

struct db_rows *
db_lot_rows(struct db *db, int64_t lot, int after, int most)
{
	return some_rows(db, "lot_rows", lot, after, most);
}

struct db_rows *
db_lot_issue_rows(struct db *db, int64_t lot, bool tres, int after, int most)
{
	return some_rows(
	    db, tres ? "lot_issue_tres" : "lot_issue_rows", lot, after, most);
}

int
db_lot_tres_known(
    struct db *db, struct db_array *ids, struct db_array *keys, bool *known)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_array(&args, ids);
	db_arg_array(&args, keys);
	if ((r = db_query_one(db, "lot_tres_known", &args)) == NULL)
		return -1;
	*known = row_bool(r, 0, 0);
	rows_free(r);
	return 0;
}

struct db_rows *
db_lot_check_rows(struct db *db, int64_t lot, bool tres, struct db_array *rows,
    struct db_array *keys)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_array(&args, rows);
	db_arg_array(&args, keys);
	return db_query(db, tres ? "lot_check_tres" : "lot_check_rows", &args);
}

int
db_lot_rows_refuse(struct db *db, int64_t lot, const char *json)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_text(&args, json);
	return db_exec(db, "lot_rows_refuse", &args) == -1 ? -1 : 0;
}

int
db_lot_clones_found(struct db *db, int64_t lot, const char *json)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_text(&args, json);
	return db_exec(db, "clone_found_do", &args) == -1 ? -1 : 0;
}

/* One row was, or the lot has left that state: it is paused, perhaps. */
static int
changed(int64_t rows, int64_t lot, const char *state)
{
	if (rows == -1 || rows == 1)
		return rows == 1 ? 0 : -1;
	return err_set(
	    ERR_CONFLICT, "lot %lld is no longer %s", (long long)lot, state);
}

int
db_lot_set_checked(struct db *db, int64_t lot, int checked, int malformed)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_int(&args, checked);
	db_arg_int(&args, malformed);
	return changed(db_exec(db, "lot_set_checked", &args), lot, "received");
}

int
db_lot_set_state(struct db *db, int64_t lot, const char *from, const char *to,
    const char *reason)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_text(&args, from);
	db_arg_text(&args, to);
	db_arg_text(&args, reason);
	return changed(db_exec(db, "lot_set_state", &args), lot, from);
}

int
db_lot_stop(struct db *db, int64_t lot, const char *why)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_text(&args, why);
	return db_exec(db, "lot_stop", &args) == -1 ? -1 : 0;
}

struct db_rows *
db_lot_obstacles(struct db *db, int64_t lot, int n)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_int(&args, n);
	return db_query(db, "lot_obstacles", &args);
}

/* The rows were waiting, all n of them, and are issued now. */
static int
mark_issued(struct db *db, int64_t lot, const char *rows, int64_t issuer,
    const char *indexes, int n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int64_t done;

	db_arg_int(&args, lot);
	db_arg_text(&args, rows);
	db_arg_int(&args, issuer);
	db_arg_text(&args, indexes);
	if ((r = db_query_one(db, "lot_rows_issued", &args)) == NULL)
		return -1;
	done = row_int(r, 0, 0);
	rows_free(r);
	if (done != n)
		return err_set(ERR_CONFLICT,
		    "only %lld of %d rows of lot %lld were waiting",
		    (long long)done, n, (long long)lot);
	return 0;
}

static int
add_issued(struct db *db, int64_t lot, int n)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_int(&args, n);
	return changed(db_exec(db, "lot_add_issued", &args), lot, "issuing");
}

int
db_lot_rows_issued(struct db *db, int64_t lot, const char *rows, int64_t issuer,
    const char *indexes, int n)
{
	if (mark_issued(db, lot, rows, issuer, indexes, n) == -1)
		return -1;
	return add_issued(db, lot, n);
}

int
db_lot_runs_issued(struct db *db, int64_t lot, const char *rows,
    const char *counts, int64_t issuer, const char *indexes, int n)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	db_arg_text(&args, rows);
	db_arg_text(&args, counts);
	db_arg_int(&args, issuer);
	db_arg_text(&args, indexes);
	if (db_exec(db, "lot_run_add", &args) == -1)
		return -1;
	return add_issued(db, lot, n);
}

int
db_lot_row_renewed(
    struct db *db, int64_t lot, int row, int64_t issuer, int64_t index)
{
	struct db_args args = DB_ARGS_EMPTY;
	char rows[16], indexes[32];

	(void)snprintf(rows, sizeof(rows), "{%d}", row);
	(void)snprintf(indexes, sizeof(indexes), "{%lld}", (long long)index);
	if (mark_issued(db, lot, rows, issuer, indexes, 1) == -1)
		return -1;
	db_arg_int(&args, lot);
	return db_exec(db, "lot_add_renewed", &args) == -1 ? -1 : 0;
}
