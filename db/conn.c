/*
 * One connection and its prepared statements.
 */

#include <libpq-fe.h>

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/conn.h"
#include "db/error.h"
#include "db/pg.h"

struct stmt {
	const char *name;
	const char *sql;
};

#include "statements.h"

#define NSTATEMENTS (sizeof(statements) / sizeof(statements[0]))

struct db *
db_open(const char *conninfo)
{
	struct db *db = xcalloc(1, sizeof(*db));

	db->conninfo = xstrdup(conninfo);
	db->prepared = xcalloc(NSTATEMENTS, sizeof(*db->prepared));
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfreemem(db->read_row);
	PQfinish(db->pg);
	buf_free(&db->copy);
	free(db->listening);
	free(db->prepared);
	free(db->conninfo);
	free(db);
}

/*
 * Notices go nowhere: what matters arrives as an error.  But for this: somebody
 * ended the wait for a synchronous standby, and PostgreSQL says COMMIT although
 * the standby may know nothing of it.
 */
static void
hear_notice(void *arg, const PGresult *res)
{
	static const char alone[] =
	    "canceling wait for synchronous replication";
	const char *said = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	struct db *db = arg;

	if (said != NULL && strncmp(said, alone, sizeof(alone) - 1) == 0)
		db->alone = true;
}

int
db_check_alone(struct db *db)
{
	if (!db->alone)
		return 0;
	db->alone = false;
	return err_set_code(ERR_BUSY, "STANDBY_AWAY",
	    "the wait for the synchronous standby was ended: what was asked "
	    "may be done here, and be lost with this server; look, and ask "
	    "again");
}

int
db_command(struct db *db, const char *sql)
{
	PGresult *res;
	int rc = -1;

	if (db_settle(db) == -1)
		return -1;
	res = PQexec(db->pg, sql);
	if (PQresultStatus(res) == PGRES_COMMAND_OK ||
	    PQresultStatus(res) == PGRES_TUPLES_OK)
		rc = 0;
	else
		db_error(db->pg, res);
	PQclear(res);
	return rc;
}

int
db_connect(struct db *db)
{
	if (db->pg != NULL && PQstatus(db->pg) == CONNECTION_OK)
		return 0;
	if (db->in_tx)
		return err_set_code(ERR_BUSY, "DATABASE_AWAY",
		    "the connection to the database was lost in a "
		    "transaction");
	PQfinish(db->pg);
	memset(db->prepared, 0, NSTATEMENTS * sizeof(*db->prepared));
	db->pg = PQconnectdb(db->conninfo);
	if (db->pg == NULL || PQstatus(db->pg) != CONNECTION_OK)
		return db_error(db->pg, NULL);
	(void)PQsetNoticeReceiver(db->pg, hear_notice, db);
	db->later = false;
	db->alone = false; /* what the one before had left open is answered */
	db->session++;
	/* a standby takes no LISTEN: who waits looks by the clock, too */
	if (db->listening != NULL)
		(void)db_listen_again(db);
	return 0;
}

static int
by_name(const void *name, const void *statement)
{
	return strcmp(name, ((const struct stmt *)statement)->name);
}

/* The table is in the order of their names (sql2c.awk). */
static const struct stmt *
find(const char *name, size_t *index)
{
	const struct stmt *s = bsearch(
	    name, statements, NSTATEMENTS, sizeof(statements[0]), by_name);

	if (s == NULL)
		(void)err_set(ERR_INTERNAL, "no statement is called %s", name);
	else
		*index = (size_t)(s - statements);
	return s;
}

const char *
db_sql(const char *name)
{
	size_t i;
	const struct stmt *s = find(name, &i);

	return s != NULL ? s->sql : NULL;
}

/* A statement that reads may be tried again after a lost connection. */
static bool
only_reads(const struct stmt *s)
{
	size_t n = strlen(s->name);

	if (n > 3 && strcmp(s->name + n - 3, "_do") == 0)
		return false;
	return strncmp(s->sql, "SELECT", 6) == 0 ||
	    strncmp(s->sql, "WITH", 4) == 0;
}

static int
prepare(struct db *db, const struct stmt *s, size_t index)
{
	PGresult *res;

	if (db_settle(db) == -1 || db_connect(db) == -1)
		return -1;
	if (db->prepared[index])
		return 0;
	res = PQprepare(db->pg, s->name, s->sql, 0, NULL);
	db->prepared[index] = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (!db->prepared[index])
		db_error(db->pg, res);
	PQclear(res);
	return db->prepared[index] ? 0 : -1;
}

int
db_prepare(struct db *db, const char *name)
{
	size_t index;
	const struct stmt *s = find(name, &index);

	return s == NULL ? -1 : prepare(db, s, index);
}

static PGresult *
run_once(struct db *db, const struct stmt *s, size_t index,
    const struct db_args *args, int format)
{
	static const struct db_args none;
	PGresult *res;

	if (prepare(db, s, index) == -1)
		return NULL;
	if (args == NULL)
		args = &none;
	res = PQexecPrepared(db->pg, s->name, args->n, args->value,
	    args->length, args->format, format);
	if (PQresultStatus(res) == PGRES_TUPLES_OK ||
	    PQresultStatus(res) == PGRES_COMMAND_OK)
		return res;
	db_error(db->pg, res);
	PQclear(res);
	return NULL;
}

static PGresult *
run(struct db *db, const char *name, const struct db_args *args, int format)
{
	const struct stmt *s;
	PGresult *res;
	size_t index;

	if ((s = find(name, &index)) == NULL)
		return NULL;
	res = run_once(db, s, index, args, format);
	if (res == NULL && !db->in_tx && db->pg != NULL &&
	    PQstatus(db->pg) != CONNECTION_OK && only_reads(s))
		res = run_once(db, s, index, args, format);
	if (res != NULL && !db->in_tx && db_check_alone(db) == -1) {
		PQclear(res);
		res = NULL;
	}
	return res;
}

static struct db_rows *
query(struct db *db, const char *name, const struct db_args *args, int format)
{
	struct db_rows *rows;
	PGresult *res;

	if ((res = run(db, name, args, format)) == NULL)
		return NULL;
	rows = xcalloc(1, sizeof(*rows));
	rows->res = res;
	return rows;
}

struct db_rows *
db_query(struct db *db, const char *name, const struct db_args *args)
{
	return query(db, name, args, 0);
}

struct db_rows *
db_query_binary(struct db *db, const char *name, const struct db_args *args)
{
	return query(db, name, args, 1);
}

struct db_rows *
db_query_one(struct db *db, const char *name, const struct db_args *args)
{
	struct db_rows *rows;
	int n;

	if ((rows = db_query(db, name, args)) == NULL)
		return NULL;
	if ((n = rows_count(rows)) == 1)
		return rows;
	if (n == 0)
		(void)err_set_code(
		    ERR_ABSENT, "NOT_FOUND", "there is no such thing");
	else
		(void)err_set(
		    ERR_INTERNAL, "%s gave %d rows, not one", name, n);
	rows_free(rows);
	return NULL;
}

int64_t
db_exec(struct db *db, const char *name, const struct db_args *args)
{
	PGresult *res;
	int64_t n;

	if ((res = run(db, name, args, 0)) == NULL)
		return -1;
	n = PQresultStatus(res) == PGRES_TUPLES_OK
	    ? PQntuples(res)
	    : strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return n;
}

int
db_exec_later(struct db *db, const char *name, const struct db_args *args)
{
	const struct stmt *s;
	size_t index;

	if (!db->in_tx)
		return err_set(ERR_INTERNAL, "no transaction is open");
	if ((s = find(name, &index)) == NULL || prepare(db, s, index) == -1)
		return -1;
	if (PQsendQueryPrepared(db->pg, s->name, args->n, args->value,
		args->length, args->format, 0) != 1)
		return db_error(db->pg, NULL);
	db->later = true;
	return 0;
}

int
db_settle(struct db *db)
{
	PGresult *res;
	int rc = 0;

	if (!db->later)
		return 0;
	db->later = false;
	while ((res = PQgetResult(db->pg)) != NULL) {
		if (rc == 0 && PQresultStatus(res) != PGRES_TUPLES_OK &&
		    PQresultStatus(res) != PGRES_COMMAND_OK)
			rc = db_error(db->pg, res);
		PQclear(res);
	}
	return rc;
}

int
db_call_json(struct db *db, const char *name, const struct db_args *args,
    struct buf *out)
{
	struct db_rows *rows;
	int rc = -1;

	if ((rows = db_query_one(db, name, args)) == NULL)
		return -1;
	if (row_null(rows, 0, 0))
		(void)err_set_code(
		    ERR_ABSENT, "NOT_FOUND", "there is no such thing");
	else {
		buf_puts(out, row_text(rows, 0, 0));
		rc = 0;
	}
	rows_free(rows);
	return rc;
}

bool
db_lost(const struct db *db)
{
	return db->pg == NULL || PQstatus(db->pg) != CONNECTION_OK;
}

int
db_script(struct db *db, const char *sql)
{
	if (db_connect(db) == -1)
		return -1;
	return db_command(db, sql);
}

unsigned
db_session(const struct db *db)
{
	return db->session;
}

int
db_fd(const struct db *db)
{
	return db->pg != NULL ? PQsocket(db->pg) : -1;
}
