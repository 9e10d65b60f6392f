#ifndef DB_PG_H
#define DB_PG_H

#include <libpq-fe.h>

#include "db/conn.h"

/* What conn.c, tx.c, early.c, listen.c, rows.c, copy.c and read.c share; nobody
 * else includes this. */
struct db {
	char *conninfo;
	PGconn *pg;	/* NULL before the first statement */
	bool *prepared; /* for each statement of the table */
	bool in_tx;
	bool early;	     /* db_early() was called */
	bool later;	     /* what db_exec_later() sent is not answered */
	bool alone;	     /* something was committed without its standby */
	unsigned session;    /* how many connections there were */
	char *listening;     /* a channel, or NULL */
	char heard[64];	     /* what the last db_wait() heard; "": several */
	struct buf copy;     /* rows on their way into COPY */
	char *read_row;	     /* one out of COPY, libpq's; NULL: none */
	struct span reading; /* what is left of it */
	bool read_header;    /* it is still to come */
};

struct db_rows {
	PGresult *res;
	struct buf **held; /* decoded octets, until rows_free() */
	size_t nheld;
};

/* Connect if need be. */
int db_connect(struct db *);

/* A statement without a name or arguments, whose rows nobody wants. */
int db_command(struct db *, const char *sql);
/* On a connection that is new: the channel of before. */
int db_listen_again(struct db *);
/* Connected, and the named statement prepared. */
int db_prepare(struct db *, const char *name);
/* What db_exec_later() sent has been done, if anything was; -1: it failed. */
int db_settle(struct db *);
/* Was what was just committed committed here alone?  Then it is not told: -1.
 */
int db_check_alone(struct db *);

/* The text of a named statement, or NULL with ERR_INTERNAL. */
const char *db_sql(const char *name);

/* COPY's binary format begins with this, and its NUL. */
#define PG_COPY_SIGNATURE "PGCOPY\n\377\r\n"
/* 2000-01-01, where PostgreSQL counts its microseconds from. */
#define PG_EPOCH INT64_C(946684800)

#endif
