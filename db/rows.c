/*
 * What a statement gave: typed access to its rows.
 */

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "db/pg.h"

void
rows_free(struct db_rows *rows)
{
	size_t i;

	if (rows == NULL)
		return;
	for (i = 0; i < rows->nheld; i++) {
		buf_free(rows->held[i]);
		free(rows->held[i]);
	}
	free(rows->held);
	PQclear(rows->res);
	free(rows);
}

void
rows_wipe(struct db_rows *rows)
{
	size_t i;
	int row, column;

	for (i = 0; i < rows->nheld; i++)
		explicit_bzero(rows->held[i]->p, rows->held[i]->n);
	for (row = 0; row < PQntuples(rows->res); row++)
		for (column = 0; column < PQnfields(rows->res); column++)
			explicit_bzero(PQgetvalue(rows->res, row, column),
			    (size_t)PQgetlength(rows->res, row, column));
	rows_free(rows);
}

int
rows_count(const struct db_rows *rows)
{
	return PQntuples(rows->res);
}

bool
row_null(const struct db_rows *rows, int row, int column)
{
	return PQgetisnull(rows->res, row, column);
}

const char *
row_text(const struct db_rows *rows, int row, int column)
{
	return PQgetvalue(rows->res, row, column);
}

static bool
is_binary(const struct db_rows *rows, int column)
{
	return PQfformat(rows->res, column) == 1;
}

/* As they came in binary; of NULL none. */
static struct span
octets(const struct db_rows *rows, int row, int column)
{
	return span_of(PQgetvalue(rows->res, row, column),
	    (size_t)PQgetlength(rows->res, row, column));
}

/* Of four or of eight octets, with its sign. */
static int64_t
int_of(struct span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return s.n == 4 ? (int32_t)v : (int64_t)v;
}

int64_t
row_int(const struct db_rows *rows, int row, int column)
{
	if (is_binary(rows, column))
		return int_of(octets(rows, row, column));
	return strtoll(PQgetvalue(rows->res, row, column), NULL, 10);
}

bool
row_bool(const struct db_rows *rows, int row, int column)
{
	char c = PQgetvalue(rows->res, row, column)[0];

	return is_binary(rows, column) ? c != 0 : c == 't';
}

int64_t
row_time(const struct db_rows *rows, int row, int column)
{
	return row_int(rows, row, column);
}

void
row_put_bytes(const struct db_rows *rows, int row, int column, struct buf *out)
{
	const char *text = PQgetvalue(rows->res, row, column);
	int n = PQgetlength(rows->res, row, column);

	if (is_binary(rows, column)) {
		buf_put_span(out, octets(rows, row, column));
		return;
	}
	/* bytea_output = hex, PostgreSQL's default: \x... */
	if (n >= 2 && text[0] == '\\' && text[1] == 'x')
		(void)hex_decode(out, span_of(text + 2, (size_t)n - 2));
}

struct span
row_bytes(struct db_rows *rows, int row, int column)
{
	struct buf *b;

	if (is_binary(rows, column) && !row_null(rows, row, column))
		return octets(rows, row, column);
	if (PQgetlength(rows->res, row, column) < 2)
		return span_of(NULL, 0);
	b = xcalloc(1, sizeof(*b));
	row_put_bytes(rows, row, column, b);
	rows->held =
	    xrealloc(rows->held, (rows->nheld + 1) * sizeof(*rows->held));
	rows->held[rows->nheld++] = b;
	return buf_span(b);
}
