/*
 * What witnesses say of the database, and what they hear.
 */

#include <stdio.h>

#include "db/restore.h"

int
db_witness_say(struct db *db, const struct witness *w, char answer[16])
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;

	db_arg_text(&args, w->name);
	db_arg_int(&args, (int64_t)w->event);
	db_arg_bytes(&args, w->hash);
	db_arg_text(&args, w->marks);
	db_arg_int(&args, (int64_t)w->feed);
	db_arg_bytes(&args, w->feed_sha256);
	db_arg_int(&args, (int64_t)w->kit);
	db_arg_bytes(&args, w->kit_sha256);
	db_arg_int(&args, w->notices);
	if ((rows = db_query_one(db, "witness_say_do", &args)) == NULL)
		return -1;
	(void)snprintf(answer, 16, "%s", row_text(rows, 0, 0));
	rows_free(rows);
	return 0;
}

int
db_restore_claim(struct db *db, const char *witness, const char *claims)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, witness);
	db_arg_text(&args, claims);
	return db_exec(db, "restore_claim_add_do", &args) == -1 ? -1 : 0;
}

int
db_restore_lost(struct db *db, char number[24])
{
	struct db_rows *rows = db_query_one(db, "restore_lost", NULL);

	if (rows == NULL)
		return -1;
	(void)snprintf(number, 24, "%s", row_text(rows, 0, 0));
	rows_free(rows);
	return 0;
}
