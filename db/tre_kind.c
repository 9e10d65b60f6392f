/*
 * Kinds of TrE, from their document into the database.
 */

#include <stdlib.h>

#include "base/io.h"
#include "db/tre_kind.h"

#define FILE_MOST (1024 * 1024)

int
db_tre_kind_load(struct db *db, const char *path)
{
	struct buf text = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows = NULL;
	int n = -1;

	if (io_read_file(path, FILE_MOST, &text) == -1 || db_begin(db) == -1)
		goto out;
	db_arg_text(&args, buf_str(&text));
	if ((rows = db_query_one(db, "tre_kind_load_do", &args)) != NULL)
		n = (int)row_int(rows, 0, 0);
	if (n == -1)
		db_rollback(db);
	else if (db_commit(db) == -1)
		n = -1;
out:
	rows_free(rows);
	buf_free(&text);
	return n;
}
