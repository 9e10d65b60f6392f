/*
 * Issuers and index ranges: db/sql/issuer.sql in C.
 */

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "db/issuer.h"

int
db_issuer_get(struct db *db, int64_t id, struct issuer_row *i)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	struct span s;

	memset(i, 0, sizeof(*i));
	db_arg_int(&args, id);
	if ((r = db_query_one(db, "issuer_get", &args)) == NULL)
		return -1;
	i->id = row_int(r, 0, 0);
	ROW_COPY(i->role, r, 0, 1);
	i->organisation_id = row_int(r, 0, 2);
	ROW_COPY(i->organisation, r, 0, 3);
	ROW_COPY(i->organisation_name, r, 0, 4);
	ROW_COPY(i->country, r, 0, 5);
	buf_put_span(&i->cert, row_bytes(r, 0, 6));
	buf_put_span(&i->spki, row_bytes(r, 0, 7));
	s = row_bytes(r, 0, 8);
	if (s.n == sizeof(i->key_id))
		memcpy(i->key_id, s.p, s.n);
	i->next_index = row_int(r, 0, 9);
	i->root_id = row_int(r, 0, 10);
	i->offline = row_bool(r, 0, 11);
	i->delegated = row_bool(r, 0, 12);
	rows_free(r);
	return 0;
}

void
db_issuer_free(struct issuer_row *i)
{
	buf_free(&i->cert);
	buf_free(&i->spki);
}

/* One row, its first column. */
static int
number(
    struct db *db, const char *name, const struct db_args *args, int64_t *out)
{
	struct db_rows *r = db_query_one(db, name, args);

	if (r == NULL)
		return -1;
	*out = row_int(r, 0, 0);
	rows_free(r);
	return 0;
}

int
db_issuer_find(
    struct db *db, const char *role, int64_t organisation_id, int64_t *id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, role);
	db_arg_int(&args, organisation_id);
	return number(db, "issuer_find", &args, id);
}

int
db_issuer_of_lot(struct db *db, int64_t lot, int64_t *id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, lot);
	return number(db, "issuer_of_lot", &args, id);
}

int
db_issuer_next_id(struct db *db, const char *role, int64_t *id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, role);
	return number(db, "issuer_next_id_do", &args, id);
}

int
db_issuer_insert(struct db *db, const struct issuer_row *i, struct span subject)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, i->id);
	db_arg_text(&args, i->role);
	db_arg_int_or_null(&args, i->organisation_id);
	db_arg_bytes(&args, buf_span(&i->cert));
	db_arg_bytes(&args, subject);
	db_arg_bytes(&args, buf_span(&i->spki));
	db_arg_bytes(&args, span_of(i->key_id, sizeof(i->key_id)));
	db_arg_int(&args, i->next_index);
	db_arg_int_or_null(&args, i->root_id);
	db_arg_text(&args, i->algorithm);
	db_arg_time(&args, i->not_before);
	db_arg_time(&args, i->not_after);
	db_arg_bool(&args, i->offline);
	return db_exec(db, "issuer_insert", &args) == -1 ? -1 : 0;
}

int
db_range_reserve(struct db *db, int64_t issuer, int64_t count, int64_t lot,
    bool to_the_end, struct range *range)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, issuer);
	db_arg_int(&args, count);
	db_arg_int_or_null(&args, lot);
	db_arg_bool(&args, to_the_end);
	if ((r = db_query_one(db, "range_reserve_do", &args)) == NULL)
		return -1;
	range->id = row_int(r, 0, 0);
	range->issuer = issuer;
	range->first = row_int(r, 0, 1);
	range->count = count;
	rows_free(r);
	return 0;
}

int
db_range_issued(struct db *db, const struct range *range, int64_t lot)
{
	struct db_args args = DB_ARGS_EMPTY, event = DB_ARGS_EMPTY;
	int64_t n;

	db_arg_int(&args, range->id);
	if ((n = db_exec(db, "range_set_issued", &args)) == -1)
		return -1;
	if (n != 1)
		return err_set(ERR_CONFLICT,
		    "the index range %lld is reserved no longer",
		    (long long)range->id);
	db_arg_int(&event, range->issuer);
	db_arg_int(&event, range->first);
	db_arg_int(&event, range->count);
	db_arg_int_or_null(&event, lot);
	return number(db, "status_issued_do", &event, &n);
}

int
db_range_void(struct db *db, const struct range *range)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, range->id);
	db_arg_int(&args, range->issuer);
	db_arg_int(&args, range->first);
	db_arg_int(&args, range->count);
	return db_exec(db, "range_void_do", &args) == -1 ? -1 : 0;
}

int
db_range_reserved(struct db *db, struct range *range)
{
	struct db_rows *r = db_query(db, "range_reserved", NULL);
	int n;

	if (r == NULL)
		return -1;
	n = rows_count(r);
	if (n > 0) {
		range->id = row_int(r, 0, 0);
		range->issuer = row_int(r, 0, 1);
		range->first = row_int(r, 0, 2);
		range->count = row_int(r, 0, 3);
	}
	rows_free(r);
	return n > 0;
}

int
db_publication_insert(struct db *db, const char *path, struct span content)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, path);
	db_arg_bytes(&args, content);
	return db_exec(db, "publication_insert", &args) == -1 ? -1 : 0;
}
