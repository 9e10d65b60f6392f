/*
 * Parameters of a statement.
 */

#include <arpa/inet.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/conn.h"

static int
next(struct db_args *a)
{
	if (a->n == DB_ARGS_MAX)
		errx(1, "a statement has more than %d parameters", DB_ARGS_MAX);
	a->length[a->n] = 0;
	a->format[a->n] = 0;
	return a->n++;
}

void
db_arg_text(struct db_args *a, const char *s)
{
	a->value[next(a)] = s;
}

void
db_arg_int(struct db_args *a, int64_t v)
{
	int i = next(a);

	(void)snprintf(a->number[i], sizeof(a->number[i]), "%" PRId64, v);
	a->value[i] = a->number[i];
}

void
db_arg_bool(struct db_args *a, bool v)
{
	a->value[next(a)] = v ? "t" : "f";
}

void
db_arg_bytes(struct db_args *a, struct span s)
{
	int i = next(a);

	a->value[i] = s.p != NULL ? (const char *)s.p : "";
	a->length[i] = (int)s.n;
	a->format[i] = 1;
}

void
db_arg_time(struct db_args *a, int64_t when)
{
	int i = next(a);

	a->value[i] = clock_write(when, a->number[i]);
}

/* ---- arrays, in PostgreSQL's binary format (array_recv()) */

#define ARRAY_HEADER 20

static void
put_32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_put(b, &v, sizeof(v));
}

void
db_array_begin(struct db_array *a, enum db_array_of of)
{
	*a = (struct db_array){ .octets = BUF_EMPTY };
	put_32(&a->octets, 1); /* dimensions */
	put_32(&a->octets, 0); /* without NULLs */
	put_32(&a->octets, (uint32_t)of);
	put_32(&a->octets, 0); /* how many: db_arg_array() */
	put_32(&a->octets, 1); /* counted from */
}

void
db_array_put(struct db_array *a, struct span s)
{
	put_32(&a->octets, (uint32_t)s.n);
	buf_put_span(&a->octets, s);
	a->n++;
}

int64_t
db_array_put_once(struct db_array *a, struct span s)
{
	const uint8_t *p = a->octets.p + ARRAY_HEADER;
	uint32_t n;
	int i;

	for (i = 1; i <= a->n; i++) {
		memcpy(&n, p, sizeof(n));
		n = ntohl(n);
		p += sizeof(n);
		if (n == s.n && memcmp(p, s.p, n) == 0)
			return i;
		p += n;
	}
	db_array_put(a, s);
	return a->n;
}

void
db_array_put_int4(struct db_array *a, int32_t v)
{
	put_32(&a->octets, sizeof(v));
	put_32(&a->octets, (uint32_t)v);
	a->n++;
}

void
db_array_put_int8(struct db_array *a, int64_t v)
{
	put_32(&a->octets, sizeof(v));
	put_32(&a->octets, (uint32_t)((uint64_t)v >> 32));
	put_32(&a->octets, (uint32_t)v);
	a->n++;
}

void
db_arg_array(struct db_args *args, struct db_array *a)
{
	uint32_t n = htonl((uint32_t)a->n);

	memcpy(a->octets.p + ARRAY_HEADER - 8, &n, sizeof(n));
	db_arg_bytes(args, buf_span(&a->octets));
}

void
db_array_free(struct db_array *a)
{
	buf_free(&a->octets);
}

void
db_arg_null(struct db_args *a)
{
	a->value[next(a)] = NULL;
}

void
db_arg_int_or_null(struct db_args *a, int64_t v)
{
	if (v == 0)
		db_arg_null(a);
	else
		db_arg_int(a, v);
}
