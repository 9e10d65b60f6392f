/*
 * CRLs: which are due, what they list, and the made ones.
 */

#include <stdio.h>
#include <stdlib.h>
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
	if ((rows = db_query(db, "crl_due", &args)) == NULL)
		return -1;
	*n = (size_t)rows_count(rows);
	*due = xcalloc(*n, sizeof(**due));
	for (i = 0; i < *n; i++) {
		(*due)[i].issuer = (uint32_t)row_int(rows, (int)i, 0);
		(*due)[i].shard = (uint64_t)row_int(rows, (int)i, 1);
	}
	rows_free(rows);
	return 0;
}

int
db_crl_facts(
    struct db *db, uint32_t issuer, uint64_t shard, struct crl_facts *f)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_int(&args, issuer);
	db_arg_int(&args, (int64_t)shard);
	if ((rows = db_query_one(db, "crl_facts", &args)) == NULL)
		return -1;
	memset(f, 0, sizeof(*f));
	ROW_COPY(f->role, rows, 0, 0);
	buf_put_span(&f->cert, row_bytes(rows, 0, 1));
	f->number = (uint64_t)row_int(rows, 0, 2);
	f->event = (uint64_t)row_int(rows, 0, 3);
	f->now = row_int(rows, 0, 4);
	rows_free(rows);
	return 0;
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

	db_arg_int(&args, issuer);
	db_arg_int(&args, (int64_t)first);
	db_arg_int(&args, (int64_t)last);
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

int
db_crl_store(struct db *db, const struct crl_made *m)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, m->issuer);
	db_arg_int(&args, (int64_t)m->shard);
	db_arg_int(&args, (int64_t)m->number);
	db_arg_int(&args, (int64_t)m->event);
	db_arg_time(&args, m->this_update);
	db_arg_time(&args, m->next_update);
	db_arg_text(&args, m->path);
	db_arg_bytes(&args, m->der);
	return db_exec(db, "crl_store_do", &args) == -1 ? -1 : 0;
}
