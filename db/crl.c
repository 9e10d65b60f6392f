/*
 * CRLs: which are due, what they list, and the made ones.
 */

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "db/crl.h"

int
db_crl_due(
    struct db *db, const struct crl_rule *rule, struct crl_due **due, size_t *n)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	size_t i;

	db_arg_int(&args, (int64_t)rule->root);
	db_arg_int(&args, (int64_t)rule->access);
	db_arg_int(&args, (int64_t)rule->issuing);
	db_arg_int(&args, rule->renew);
	db_arg_int(&args, (int64_t)rule->access_complete);
	db_arg_int(&args, (int64_t)rule->issuing_complete);
	if ((rows = db_query(db, "crl_due", &args)) == NULL)
		return -1;
	*n = (size_t)rows_count(rows);
	*due = xcalloc(*n, sizeof(**due));
	for (i = 0; i < *n; i++) {
		(*due)[i].issuer = (uint32_t)row_int(rows, (int)i, 0);
		(*due)[i].shard = row_int(rows, (int)i, 1);
	}
	rows_free(rows);
	return 0;
}

int
db_crl_facts(struct db *db, uint32_t issuer, int64_t shard, struct crl_facts *f)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_int(&args, issuer);
	db_arg_int(&args, shard);
	if ((rows = db_query_one(db, "crl_facts", &args)) == NULL)
		return -1;
	memset(f, 0, sizeof(*f));
	ROW_COPY(f->role, rows, 0, 0);
	buf_put_span(&f->cert, row_bytes(rows, 0, 1));
	f->event = (uint64_t)row_int(rows, 0, 2);
	f->now = row_int(rows, 0, 3);
	f->base_number = (uint64_t)row_int(rows, 0, 4);
	f->base_event = (uint64_t)row_int(rows, 0, 5);
	rows_free(rows);
	return 0;
}

int
db_crl_number_take(struct db *db, uint32_t issuer, int64_t shard,
    uint64_t least, uint64_t *number)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_int(&args, issuer);
	db_arg_int(&args, shard);
	db_arg_int(&args, (int64_t)least);
	if ((rows = db_query_one(db, "crl_number_take_do", &args)) == NULL)
		return -1;
	*number = (uint64_t)row_int(rows, 0, 0);
	rows_free(rows);
	return 0;
}

int
db_crl_snapshot(struct db *db)
{
	return db_exec(db, "crl_snapshot_do", NULL) == -1 ? -1 : 0;
}

static void
block_args(struct db_args *args, uint32_t issuer, uint64_t first, uint64_t last)
{
	db_arg_int(args, issuer);
	db_arg_int(args, (int64_t)first);
	db_arg_int(args, (int64_t)last);
}

static int
read_row(struct db_rows *rows, int row, struct crl_row *r)
{
	struct buf serial = BUF_EMPTY;

	memset(r, 0, sizeof(*r));
	row_put_bytes(rows, row, 2, &serial);
	if (serial.n <= sizeof(r->serial)) {
		r->serial_length = serial.n;
		if (serial.n > 0)
			memcpy(r->serial, serial.p, serial.n);
	}
	buf_free(&serial);
	r->first = (uint64_t)row_int(rows, row, 0);
	r->count = (uint64_t)row_int(rows, row, 1);
	r->reason = (int)row_int(rows, row, 3);
	r->since = row_int(rows, row, 4);
	r->invalidity = row_int(rows, row, 5);
	if ((r->count == 0) != (r->serial_length > 0))
		return err_set(
		    ERR_INTERNAL, "a revocation has no serial number");
	return 0;
}

/* 1: there may be more; 0: no; -1 */
static int
fetch_rows(
    struct db *db, int (*visit)(const struct crl_row *, void *), void *ctx)
{
	struct db_rows *rows = db_query(db, "crl_row_fetch_do", NULL);
	struct crl_row r;
	int i, rc = -1;

	if (rows == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++)
		if (read_row(rows, i, &r) == -1 || visit(&r, ctx) == -1)
			goto out;
	rc = i > 0;
out:
	rows_free(rows);
	return rc;
}

int
db_crl_row_each(struct db *db, uint32_t issuer, uint64_t first, uint64_t last,
    int (*visit)(const struct crl_row *, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	int rc;

	block_args(&args, issuer, first, last);
	if (db_exec(db, "crl_row_open_do", &args) == -1)
		return -1;
	while ((rc = fetch_rows(db, visit, ctx)) == 1)
		continue;
	if (rc == -1)
		return -1; /* the transaction is over: so is the cursor */
	return db_exec(db, "crl_row_close_do", NULL) == -1 ? -1 : 0;
}

/* 1: there may be more; 0: no; -1 */
static int
fetch_touched(struct db *db, struct crl_touch **touches, size_t *n)
{
	struct db_rows *rows = db_query(db, "crl_touched_fetch_do", NULL);
	int i, count;

	if (rows == NULL)
		return -1;
	count = rows_count(rows);
	*touches = xrealloc(*touches, (*n + (size_t)count) * sizeof(**touches));
	for (i = 0; i < count; i++)
		(*touches)[(*n)++] = (struct crl_touch){ (uint64_t)row_int(
							     rows, i, 0),
			(uint64_t)row_int(rows, i, 1), row_int(rows, i, 2) };
	rows_free(rows);
	return count > 0;
}

int
db_crl_touched(struct db *db, uint32_t issuer, uint64_t first, uint64_t last,
    uint64_t event, struct crl_touch **touches, size_t *n)
{
	struct db_args args = DB_ARGS_EMPTY;
	int rc;

	block_args(&args, issuer, first, last);
	db_arg_int(&args, (int64_t)event);
	if (db_exec(db, "crl_touched_open_do", &args) == -1)
		return -1;
	while ((rc = fetch_touched(db, touches, n)) == 1)
		continue;
	if (rc == -1)
		return -1; /* the transaction is over: so is the cursor */
	return db_exec(db, "crl_touched_close_do", NULL) == -1 ? -1 : 0;
}

static int
read_listed(struct db_rows *rows, int row, struct crl_listed *l)
{
	struct span serial = row_bytes(rows, row, 0);

	if (serial.n == 0 || serial.n > sizeof(l->serial))
		return err_set(
		    ERR_INTERNAL, "a serial number of %zu octets", serial.n);
	memcpy(l->serial, serial.p, serial.n);
	l->serial_length = serial.n;
	l->reason = (int)row_int(rows, row, 1);
	l->since = row_int(rows, row, 2);
	l->invalidity = row_int(rows, row, 3);
	return 0;
}

int
db_crl_entry_each(struct db *db, uint32_t issuer, uint64_t first, uint64_t last,
    int (*visit)(const struct crl_listed *, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct crl_listed l;
	struct db_rows *rows;
	int i, rc = -1;

	block_args(&args, issuer, first, last);
	if ((rows = db_query(db, "crl_entry_each", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++)
		if (read_listed(rows, i, &l) == -1 || visit(&l, ctx) == -1)
			goto out;
	rc = 0;
out:
	rows_free(rows);
	return rc;
}

/* A statement that gives the publication's id. */
static int
place(struct db *db, const char *name, const struct db_args *args, int64_t *id)
{
	struct db_rows *rows = db_query_one(db, name, args);

	if (rows == NULL)
		return -1;
	*id = row_int(rows, 0, 0);
	rows_free(rows);
	return 0;
}

int
db_crl_store(struct db *db, const struct crl_made *m, int64_t *publication)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, m->issuer);
	db_arg_int(&args, m->shard);
	db_arg_int(&args, (int64_t)m->number);
	db_arg_int(&args, (int64_t)m->event);
	db_arg_time(&args, m->this_update);
	db_arg_time(&args, m->next_update);
	db_arg_text(&args, m->path);
	db_arg_bytes(&args, m->der);
	return place(db, "crl_store_do", &args, publication);
}

int
db_crl_place(struct db *db, const char *path, struct span der,
    int64_t next_update, int64_t *publication)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, path);
	db_arg_bytes(&args, der);
	db_arg_time(&args, next_update);
	return place(db, "crl_place_do", &args, publication);
}

int
db_crl_place_more(struct db *db, int64_t publication, struct span der)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, publication);
	db_arg_bytes(&args, der);
	return db_exec(db, "crl_place_more_do", &args) == -1 ? -1 : 0;
}
