/*
 * A connection's transaction: one at a time.
 */

#include <string.h>

#include "base/err.h"
#include "db/error.h"
#include "db/pg.h"

int
db_begin(struct db *db)
{
	if (db->in_tx)
		return err_set(ERR_INTERNAL, "a transaction is open already");
	if (db_connect(db) == -1)
		return -1;
	if (db_command(db, "BEGIN") == -1) {
		/* the connection may have died while idle: once more */
		if (PQstatus(db->pg) == CONNECTION_OK || db_connect(db) == -1 ||
		    db_command(db, "BEGIN") == -1)
			return -1;
	}
	db->in_tx = true;
	return 0;
}

static int
act_as(struct db *db, int64_t principal_id)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, principal_id);
	if (db_exec(db, "actor_begin", &args) == -1) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

int
db_begin_as(struct db *db, int64_t principal_id)
{
	return db_begin(db) == -1 ? -1 : act_as(db, principal_id);
}

int
db_begin_snapshot_as(struct db *db, int64_t principal_id)
{
	if (db_begin(db) == -1)
		return -1;
	if (db_command(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ") ==
	    -1) {
		db_rollback(db);
		return -1;
	}
	return act_as(db, principal_id);
}

int
db_commit(struct db *db)
{
	PGresult *res;
	int rc = -1;

	if (!db->in_tx)
		return err_set(ERR_INTERNAL, "no transaction is open");
	if (db_settle(db) == -1) {
		db_rollback(db);
		return -1;
	}
	db->in_tx = false;
	res = PQexec(db->pg, "COMMIT");
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		db_error(db->pg, res);
	/* a failed transaction answers COMMIT with ROLLBACK */
	else if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
		(void)err_set(
		    ERR_INTERNAL, "the transaction had failed before");
	else
		rc = db_check_alone(db);
	PQclear(res);
	return rc;
}

void
db_rollback(struct db *db)
{
	if (!db->in_tx)
		return;
	db->in_tx = false;
	db->later = false; /* PQexec() waits for it */
	if (PQstatus(db->pg) == CONNECTION_OK)
		PQclear(PQexec(db->pg, "ROLLBACK"));
}

bool
db_in_transaction(const struct db *db)
{
	return db->in_tx;
}
