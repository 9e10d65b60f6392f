/*
 * Delegated keys and certificates.
 */

#include <stdio.h>
#include <string.h>

#include "db/delegated.h"

int
db_delegated_due(struct db *db, struct delegated_due *d)
{
	struct db_rows *r = db_query(db, "delegated_due", NULL);
	int n;

	if (r == NULL)
		return -1;
	if ((n = rows_count(r)) > 0) {
		memset(d, 0, sizeof(*d));
		d->key = row_int(r, 0, 0);
		ROW_COPY(d->kind, r, 0, 1);
		ROW_COPY(d->name, r, 0, 2);
		buf_put_span(&d->spki, row_bytes(r, 0, 3));
		d->issuer = row_int(r, 0, 4);
		ROW_COPY(d->hosts, r, 0, 5);
	}
	rows_free(r);
	return n > 0;
}

int
db_delegated_insert(struct db *db, const struct delegated_due *d,
    struct span der, int64_t not_before, int64_t not_after)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, d->key);
	db_arg_int(&args, d->issuer);
	db_arg_bytes(&args, der);
	db_arg_time(&args, not_before);
	db_arg_time(&args, not_after);
	return db_exec(db, "delegated_insert", &args) == -1 ? -1 : 0;
}
