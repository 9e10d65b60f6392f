/*
 * Parameters of a statement.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>

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

void
db_arg_null(struct db_args *a)
{
	a->value[next(a)] = NULL;
}
