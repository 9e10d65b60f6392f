/*
 * COPY (SELECT ...) TO STDOUT in PostgreSQL's binary format: rows as they come,
 * none of them kept (documentation of COPY, "Binary Format").
 */

#include <string.h>

#include "base/err.h"
#include "db/error.h"
#include "db/pg.h"

static const char signature[] = PG_COPY_SIGNATURE;

int
db_read_begin(struct db *db, const char *name)
{
	const char *sql = db_sql(name);
	PGresult *res;
	int rc = 0;

	if (sql == NULL)
		return -1;
	if (db_lost(db))
		return db_error(db->pg, NULL);
	res = PQexec(db->pg, sql);
	if (PQresultStatus(res) != PGRES_COPY_OUT)
		rc = db_error(db->pg, res);
	PQclear(res);
	db->read_header = true;
	return rc;
}

/* n octets off the front of what is there of a row. */
static int
take(struct db *db, size_t n, struct span *out)
{
	*out = span_of(NULL, 0);
	if (n > db->reading.n)
		return err_set(
		    ERR_INTERNAL, "the database sent less than a row");
	*out = span_of(db->reading.p, n);
	db->reading = span_of(db->reading.p + n, db->reading.n - n);
	return 0;
}

static int
take_16(struct db *db, int *v)
{
	struct span s;

	if (take(db, 2, &s) == -1)
		return -1;
	*v = (int16_t)(s.p[0] << 8 | s.p[1]);
	return 0;
}

static int
take_32(struct db *db, int32_t *v)
{
	struct span s;

	if (take(db, 4, &s) == -1)
		return -1;
	*v = (int32_t)((uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 |
	    (uint32_t)s.p[2] << 8 | s.p[3]);
	return 0;
}

/* Signature, flags, an extension. */
static int
take_header(struct db *db)
{
	struct span s;
	int32_t flags, n;

	if (take(db, sizeof(signature), &s) == -1 ||
	    take_32(db, &flags) == -1 || take_32(db, &n) == -1)
		return -1;
	if (memcmp(s.p, signature, sizeof(signature)) != 0 || n < 0)
		return err_set(
		    ERR_INTERNAL, "the database sent another format of COPY");
	db->read_header = false;
	return take(db, (size_t)n, &s);
}

/* The command's own result stands behind the rows. */
static int
finish(struct db *db)
{
	PGresult *res;
	int rc = 0;

	while ((res = PQgetResult(db->pg)) != NULL) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && rc == 0)
			rc = db_error(db->pg, res);
		PQclear(res);
	}
	return rc;
}

static void
forget(struct db *db)
{
	PQfreemem(db->read_row);
	db->read_row = NULL;
}

int
db_read_row(struct db *db, int columns)
{
	int n, there;

	forget(db);
	n = PQgetCopyData(db->pg, &db->read_row, 0);
	if (n == -2)
		return db_error(db->pg, NULL);
	if (n < 0)
		return finish(db);
	db->reading = span_of((const uint8_t *)db->read_row, (size_t)n);
	if ((db->read_header && take_header(db) == -1) ||
	    take_16(db, &there) == -1)
		return -1;
	if (there == -1) /* the trailer */
		return db_read_row(db, columns);
	if (there != columns)
		return err_set(ERR_INTERNAL,
		    "the database sent a row of %d columns", there);
	return 1;
}

void
db_read_end(struct db *db)
{
	PGresult *res;

	do
		forget(db);
	while (PQgetCopyData(db->pg, &db->read_row, 0) > 0);
	while ((res = PQgetResult(db->pg)) != NULL)
		PQclear(res);
}

int
db_read_text(struct db *db, struct span *out)
{
	int32_t n;

	*out = span_of(NULL, 0);
	if (take_32(db, &n) == -1)
		return -1;
	return n < 0 ? 0 : take(db, (size_t)n, out);
}

int
db_read_int(struct db *db, int64_t *out)
{
	uint64_t v = 0;
	struct span s;
	size_t i;

	*out = 0;
	if (db_read_text(db, &s) == -1)
		return -1;
	if (s.n != 0 && s.n != 4 && s.n != 8)
		return err_set(
		    ERR_INTERNAL, "the database sent no number in a column");
	for (i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	*out = s.n == 4 ? (int32_t)v : (int64_t)v;
	return 0;
}

int
db_read_time(struct db *db, int64_t *out)
{
	struct span look = db->reading;
	int64_t micros;
	int32_t n;

	if (take_32(db, &n) == -1)
		return -1;
	db->reading = look;
	if (db_read_int(db, &micros) == -1)
		return -1;
	*out = n < 0
	    ? 0
	    : (micros - (micros % 1000000 + 1000000) % 1000000) / 1000000 +
		PG_EPOCH;
	return 0;
}
