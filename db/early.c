/*
 * Two statements that are one transaction, the first of which runs early:
 * libpq's pipeline, in which the server works while nobody waits for it.
 */

#include <libpq-fe.h>

#include <string.h>

#include "base/err.h"
#include "db/error.h"
#include "db/pg.h"

static int
send(struct db *db, const char *name, const struct db_args *args)
{
	return PQsendQueryPrepared(db->pg, name, args->n, args->value,
		   args->length, args->format, 0) == 1
	    ? 0
	    : db_error(db->pg, NULL);
}

static int
send_command(struct db *db, const char *sql)
{
	return PQsendQueryParams(db->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1
	    ? 0
	    : db_error(db->pg, NULL);
}

/* The next one's result, and the mark behind it. */
static PGresult *
result(struct db *db, ExecStatusType wanted)
{
	PGresult *res = PQgetResult(db->pg), *behind;

	if (PQresultStatus(res) == wanted) {
		if ((behind = PQgetResult(db->pg)) == NULL)
			return res;
		PQclear(behind);
	}
	db_error(db->pg, res);
	PQclear(res);
	return NULL;
}

int
db_early(struct db *db, const char *name, const struct db_args *args,
    const char *late)
{
	if (db->in_tx || db->early)
		return err_set(ERR_INTERNAL, "a transaction is open already");
	if (db_prepare(db, name) == -1 || db_prepare(db, late) == -1)
		return -1;
	if (PQenterPipelineMode(db->pg) != 1)
		return db_error(db->pg, NULL);
	db->early = true;
	if (send_command(db, "BEGIN") == -1 || send(db, name, args) == -1)
		return -1;
	if (PQsendFlushRequest(db->pg) != 1 || PQflush(db->pg) == -1)
		return db_error(db->pg, NULL);
	return 0;
}

struct db_rows *
db_early_rows(struct db *db)
{
	PGresult *begun = result(db, PGRES_COMMAND_OK), *res;
	struct db_rows *rows;

	PQclear(begun);
	if (begun == NULL || (res = result(db, PGRES_TUPLES_OK)) == NULL)
		return NULL;
	rows = xcalloc(1, sizeof(*rows));
	rows->res = res;
	return rows;
}

/* 0 only if it says that it was committed. */
static int
committed(struct db *db)
{
	PGresult *res = result(db, PGRES_COMMAND_OK);
	int rc = res == NULL ? -1 : 0;

	if (rc == 0 && strcmp(PQcmdStatus(res), "COMMIT") != 0)
		rc = err_set(ERR_INTERNAL, "the transaction had failed before");
	PQclear(res);
	return rc;
}

/* Out of the pipeline, whose last mark was sent; or away with a connection on
 * which more is to come. */
static void
leave(struct db *db)
{
	PGresult *res;
	int nothing = 0;
	bool end = false;

	db->early = false;
	while (nothing < 2 && !end) {
		res = PQgetResult(db->pg);
		nothing = res == NULL ? nothing + 1 : 0;
		end = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		PQclear(res);
	}
	if (PQexitPipelineMode(db->pg) == 1)
		return;
	PQfinish(db->pg);
	db->pg = NULL;
}

int
db_late(struct db *db, const char *name, const struct db_args *args)
{
	PGresult *res;
	int rc = -1;

	if (send(db, name, args) == -1 || send_command(db, "COMMIT") == -1)
		return -1;
	if (PQpipelineSync(db->pg) != 1)
		return db_error(db->pg, NULL);
	if ((res = result(db, PGRES_TUPLES_OK)) != NULL)
		rc = committed(db);
	PQclear(res);
	leave(db);
	if (rc == 0)
		rc = db_check_alone(db);
	else if (db->pg != NULL)
		PQclear(PQexec(db->pg, "ROLLBACK"));
	return rc;
}

void
db_early_undo(struct db *db)
{
	if (!db->early)
		return;
	(void)PQpipelineSync(db->pg);
	leave(db);
	if (db->pg != NULL)
		PQclear(PQexec(db->pg, "ROLLBACK"));
}
