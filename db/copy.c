/*
 * COPY ... FROM STDIN in PostgreSQL's binary format (documentation of COPY,
 * "Binary Format"): a header, rows of length-prefixed fields, a trailer.
 */

#include <arpa/inet.h>

#include <endian.h>

#include "db/error.h"
#include "db/pg.h"

#define FLUSH_AT 65536

static void
put_16(struct db *db, int16_t v)
{
	uint16_t be = htons((uint16_t)v);

	buf_put(&db->copy, &be, sizeof(be));
}

static void
put_32(struct db *db, int32_t v)
{
	uint32_t be = htonl((uint32_t)v);

	buf_put(&db->copy, &be, sizeof(be));
}

static int
flush(struct db *db)
{
	int rc =
	    PQputCopyData(db->pg, (const char *)db->copy.p, (int)db->copy.n);

	buf_clear(&db->copy);
	return rc == 1 ? 0 : db_error(db->pg, NULL);
}

int
db_copy_begin(struct db *db, const char *name)
{
	static const char signature[] = PG_COPY_SIGNATURE;
	const char *sql = db_sql(name);
	PGresult *res;
	int rc = 0;

	if (sql == NULL || db_connect(db) == -1)
		return -1;
	res = PQexec(db->pg, sql);
	if (PQresultStatus(res) != PGRES_COPY_IN)
		rc = db_error(db->pg, res);
	PQclear(res);
	buf_clear(&db->copy);
	buf_put(&db->copy, signature, sizeof(signature));
	put_32(db, 0); /* flags */
	put_32(db, 0); /* length of the header's extension */
	return rc;
}

int
db_copy_row(struct db *db, int columns)
{
	if (db->copy.n >= FLUSH_AT && flush(db) == -1)
		return -1;
	put_16(db, (int16_t)columns);
	return 0;
}

int
db_copy_null(struct db *db)
{
	put_32(db, -1);
	return 0;
}

int
db_copy_bytes(struct db *db, struct span s)
{
	put_32(db, (int32_t)s.n);
	buf_put_span(&db->copy, s);
	return 0;
}

int
db_copy_text(struct db *db, const char *s)
{
	return s != NULL ? db_copy_bytes(db, span_str(s)) : db_copy_null(db);
}

int
db_copy_int4(struct db *db, int32_t v)
{
	put_32(db, 4);
	put_32(db, v);
	return 0;
}

int
db_copy_int8(struct db *db, int64_t v)
{
	uint64_t be = htobe64((uint64_t)v);

	return db_copy_bytes(db, span_of(&be, sizeof(be)));
}

int
db_copy_time(struct db *db, int64_t when)
{
	return db_copy_micros(db, when * 1000000);
}

int
db_copy_micros(struct db *db, int64_t when)
{
	return db_copy_int8(db, when - PG_EPOCH * 1000000);
}

int
db_copy_end(struct db *db)
{
	PGresult *res;
	int rc = 0;

	put_16(db, -1);
	if (flush(db) == -1)
		rc = -1;
	if (PQputCopyEnd(db->pg, NULL) != 1)
		rc = db_error(db->pg, NULL);
	while ((res = PQgetResult(db->pg)) != NULL) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK && rc == 0)
			rc = db_error(db->pg, res);
		PQclear(res);
	}
	return rc;
}
