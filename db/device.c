/*
 * Devices and bindings into the register, by COPY.
 */

#include "db/device.h"
#include "base/err.h"

int
db_device_ids(struct db *db, int n, int64_t *ids)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_int(&args, n);
	if ((r = db_query(db, "device_ids_do", &args)) == NULL)
		return -1;
	if (rows_count(r) != n) {
		rows_free(r);
		return err_set(ERR_INTERNAL,
		    "asked for %d device ids, got "
		    "others",
		    n);
	}
	for (i = 0; i < n; i++)
		ids[i] = row_int(r, i, 0);
	rows_free(r);
	return 0;
}

int
db_device_copy(struct db *db, const struct device *d)
{
	if (db_copy_row(db, 8) == -1 || db_copy_int8(db, d->id) == -1 ||
	    db_copy_text(db, d->kind) == -1 ||
	    db_copy_text(db, d->device_id) == -1 ||
	    db_copy_int8(db, d->model_id) == -1 ||
	    db_copy_int8(db, d->lot_id) == -1 ||
	    db_copy_int8(db, d->organisation_id) == -1 ||
	    db_copy_text(db, d->tac[0] == '\0' ? NULL : d->tac) == -1)
		return -1;
	return db_copy_micros(db, d->created);
}

int
db_binding_copy(struct db *db, int64_t tre, int64_t terminal, int64_t since)
{
	if (db_copy_row(db, 3) == -1 || db_copy_int8(db, tre) == -1 ||
	    db_copy_int8(db, terminal) == -1)
		return -1;
	return db_copy_micros(db, since);
}
