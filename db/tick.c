/*
 * What happens by the clock.
 */

#include "db/tick.h"

int64_t
db_tick(struct db *db)
{
	struct db_rows *rows = db_query_one(db, "clock_tick_do", NULL);
	int64_t changes;

	if (rows == NULL)
		return -1;
	changes = row_int(rows, 0, 0);
	rows_free(rows);
	return changes;
}
