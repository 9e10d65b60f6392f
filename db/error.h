#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <libpq-fe.h>

/*
 * The failure that a result (or, without one, the connection) tells, put into
 * the error slot: conn.h says which kind is which.  Returns -1.
 */
int db_error(const PGconn *, const PGresult *);

#endif
