/*
 * What happens by the clock.
 */

#include "db/tick.h"

int64_t
db_tick(struct db *db, int64_t wall)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int64_t changes;

	db_arg_int(&args, wall);
	rows = db_query_one(db, "clock_tick_do", &args);
	if (rows == NULL)
		return -1;
	changes = row_int(rows, 0, 0);
	rows_free(rows);
	return changes;
}
