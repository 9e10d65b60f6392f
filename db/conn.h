#ifndef DB_CONN_H
#define DB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/*
 * A connection to PostgreSQL.  Statements are named in db/sql/NOUN.sql and
 * prepared when first used; no other file holds SQL.  Outside a transaction a
 * lost connection is opened again, and the statement tried once more when it
 * is one that reads (its SQL starts with SELECT or WITH and its name doesn't
 * end in "_do"; one that writes and may be tried again ends in "_redo"). Inside
 * one, the transaction has failed: ERR_BUSY.
 *
 * Errors: what our SQL functions raise (SQLSTATE AY001 to AY005) keeps its
 * sentence as err_text() and its DETAIL as err_code(); violations of
 * constraints become INPUT, CONFLICT or ABSENT; a database that is away or
 * overloaded becomes BUSY, with the code CONTENDED where another transaction
 * was in the way, and the same once more may do; the rest is INTERNAL.
 */
struct db;

/* Never fails: the first statement connects.  conninfo as libpq reads it. */
struct db *db_open(const char *conninfo);
void db_close(struct db *);

/* ---- parameters, in the order $1, $2, ... */

#define DB_ARGS_MAX 32

struct db_args {
	int n;
	const char *value[DB_ARGS_MAX];
	int length[DB_ARGS_MAX];
	int format[DB_ARGS_MAX];
	char number[DB_ARGS_MAX][32];
};

#define DB_ARGS_EMPTY ((struct db_args){ .n = 0 })

/* Borrowed until the statement has run.  NULL text is SQL's NULL. */
void db_arg_text(struct db_args *, const char *);
void db_arg_int(struct db_args *, int64_t);
void db_arg_bool(struct db_args *, bool);
void db_arg_bytes(struct db_args *, struct span); /* bytea, sent as binary */
void db_arg_time(struct db_args *, int64_t);	  /* seconds since 1970 */
void db_arg_null(struct db_args *);
void db_arg_int_or_null(struct db_args *, int64_t); /* 0 is SQL's NULL */

/*
 * An array as a parameter: one at least goes in, and it lives until the
 * statement has run.
 */
enum db_array_of { DB_BYTEA = 17, DB_INT8 = 20, DB_INT4 = 23, DB_TEXT = 25 };

struct db_array {
	struct buf octets;
	int n;
};

void db_array_begin(struct db_array *, enum db_array_of);
void db_array_put(struct db_array *, struct span); /* bytea, text */
/*
 * The same, but what is there already is not put in again: where it is, from 1.
 * Of few that differ.
 */
int64_t db_array_put_once(struct db_array *, struct span);
void db_array_put_int4(struct db_array *, int32_t);
void db_array_put_int8(struct db_array *, int64_t);
void db_arg_array(struct db_args *, struct db_array *);
void db_array_free(struct db_array *);

/* ---- results */

struct db_rows;

/* Run a named statement; NULL on failure.  args may be NULL. */
struct db_rows *db_query(
    struct db *, const char *name, const struct db_args *args);
/*
 * The same in PostgreSQL's binary format, for thousands of rows with octets in
 * them.  Its columns are int, bigint, bool, text or bytea, and nothing else.
 */
struct db_rows *db_query_binary(
    struct db *, const char *name, const struct db_args *args);
/* Where exactly one row is expected: ERR_ABSENT when there is none. */
struct db_rows *db_query_one(
    struct db *, const char *name, const struct db_args *args);
/* Run it for its effect: how many rows it touched or gave, or -1. */
int64_t db_exec(struct db *, const char *name, const struct db_args *args);
/*
 * In a transaction: the same, and its end is not waited for; the server works
 * while the caller goes on.  If it fails, then so does whatever is done next on
 * the connection, by the same error: another statement, or the commit.
 */
int db_exec_later(struct db *, const char *name, const struct db_args *args);
/* One row with one column of text (JSON): append it.  ERR_ABSENT for none. */
int db_call_json(
    struct db *, const char *name, const struct db_args *args, struct buf *out);

void rows_free(struct db_rows *);
void rows_wipe(struct db_rows *); /* likewise, where secrets are in them */
int rows_count(const struct db_rows *);
/* Columns are counted from 0.  NULL reads as "", 0, false, empty. */
bool row_null(const struct db_rows *, int row, int column);
const char *row_text(const struct db_rows *, int row, int column);
/* Text into an array that is as long as the schema allows it to be. */
#define ROW_COPY(to, rows, row, column)                                        \
	(void)snprintf(to, sizeof(to), "%s", row_text(rows, row, column))
int64_t row_int(const struct db_rows *, int row, int column);
bool row_bool(const struct db_rows *, int row, int column);
/* bytea: decoded; borrowed until rows_free(). */
struct span row_bytes(struct db_rows *, int row, int column);
/* The same, put behind what is in the buf: for several threads at a time. */
void row_put_bytes(const struct db_rows *, int row, int column, struct buf *);
/*
 * A time that the statement gave as seconds:
 * floor(extract(epoch FROM t))::bigint.  The cast alone rounds: into the
 * future, half of the time.
 */
int64_t row_time(const struct db_rows *, int row, int column);

/* ---- transactions */

int db_begin(struct db *);
/* begin, and act in the name of a principal: actor_begin(id). */
int db_begin_as(struct db *, int64_t principal_id);
/* The same, and all of it sees what was committed when it began. */
int db_begin_snapshot_as(struct db *, int64_t principal_id);
int db_commit(struct db *); /* -1: nothing of it happened, or BUSY: unknown */
void db_rollback(struct db *); /* also when none is open; keeps the error */
bool db_in_transaction(const struct db *);
/* Has the connection gone?  What failed on it may be begun again. */
bool db_lost(const struct db *);

/*
 * Two statements that are one transaction, the first of which runs while the
 * caller finds out what to give to the second.  Nothing else may run in
 * between.
 *
 * db_early() sends the first one and waits for nothing; db_early_rows() waits
 * for what it gives; db_late() runs the second and commits.  What failed has
 * not happened, or nobody knows (BUSY); db_early_undo() is due then, and
 * instead of going on: it keeps the error, and does nothing if nothing was
 * begun.
 */
int db_early(
    struct db *, const char *name, const struct db_args *, const char *late);
struct db_rows *db_early_rows(struct db *);
int db_late(struct db *, const char *name, const struct db_args *);
void db_early_undo(struct db *);

/* ---- COPY table (columns) FROM STDIN, binary format */

/* `name` is a statement whose SQL is the COPY command. */
int db_copy_begin(struct db *, const char *name);
int db_copy_row(struct db *, int columns); /* start a row */
int db_copy_null(struct db *);
int db_copy_text(struct db *, const char *);
int db_copy_bytes(struct db *, struct span);
int db_copy_int4(struct db *, int32_t);
int db_copy_int8(struct db *, int64_t);
int db_copy_time(struct db *, int64_t);	  /* timestamptz, from seconds */
int db_copy_micros(struct db *, int64_t); /* from microseconds */
int db_copy_end(struct db *);		  /* -1: nothing was copied */

/* ---- COPY (SELECT ...) TO STDOUT, binary format: as fast as rows come */

/*
 * `name` is a statement whose SQL is the COPY command.  It takes no arguments
 * but what another has set in this session before, so a connection that is lost
 * is not opened again here.
 */
int db_read_begin(struct db *, const char *name);
/* 1: a row of so many columns.  0: there was none any more; all is done. */
int db_read_row(struct db *, int columns);
/* The row's columns in their order.  NULL reads as 0 and as empty. */
int db_read_int(struct db *, int64_t *);      /* int, bigint */
int db_read_text(struct db *, struct span *); /* until the next row */
int db_read_time(struct db *, int64_t *); /* timestamptz, to seconds, down */
/* After a failure, or instead of going on to the last row; keeps the error. */
void db_read_end(struct db *);

/* ---- notifications */

int db_listen(struct db *, const char *channel);
/*
 * Wait for a notification or wake_fd's readability (-1: none), at most
 * timeout_ms.  Returns 1 when notified, 0 otherwise, -1 when the connection
 * is lost (the next call opens it and listens again).  Forgets all that
 * arrived.
 */
int db_wait(struct db *, int wake_fd, int timeout_ms);
/* Was all that the last db_wait() heard this? */
bool db_heard_only(const struct db *, const char *payload);

/* What to poll for a notification beside others; -1: no connection. */
int db_fd(const struct db *);
/* Which connection it is: another number, another one. */
unsigned db_session(const struct db *);
/*
 * Take what is there, without waiting: each one's payload; how many there were.
 * read: the socket can be read.  A connection that is lost is closed; the next
 * statement opens it.
 */
int db_take_notifications(
    struct db *, bool read, void (*each)(const char *payload));

/*
 * Run a script of several commands, for the migrator alone: whoever passes
 * octets from outside here has lost.
 */
int db_script(struct db *, const char *sql);

#endif
