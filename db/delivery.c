/*
 * Webhooks on their way, as assay-notifier claims and ends them.
 */

#include <string.h>

#include "base/err.h"
#include "db/conn.h"
#include "db/delivery.h"

/* NULL, or a secret; false when it is neither. */
static bool
read_secret(struct db_rows *rows, int row, int column, uint8_t *out, bool *has)
{
	struct span s = row_bytes(rows, row, column);

	*has = !row_null(rows, row, column);
	if (!*has)
		return true;
	if (s.n != DELIVERY_SECRET)
		return false;
	memcpy(out, s.p, s.n);
	return true;
}

static int
read_delivery(struct db_rows *rows, int row, struct delivery *d)
{
	bool has;

	memset(d, 0, sizeof(*d));
	d->subscription = row_int(rows, row, 0);
	d->number = row_int(rows, row, 1);
	ROW_COPY(d->url, rows, row, 2);
	ROW_COPY(d->message, rows, row, 3);
	d->failures = (int)row_int(rows, row, 5);
	if (!read_secret(rows, row, 6, d->secret, &has) || !has ||
	    !read_secret(rows, row, 7, d->old_secret, &d->has_old_secret))
		return err_set(ERR_INTERNAL, "subscription %lld has no secret",
		    (long long)d->subscription);
	buf_puts(&d->body, row_text(rows, row, 4));
	return 0;
}

void
delivery_free(struct delivery *d)
{
	buf_free(&d->body);
	explicit_bzero(d->secret, sizeof(d->secret));
	explicit_bzero(d->old_secret, sizeof(d->old_secret));
}

int
db_delivery_claim(struct db *db, int most,
    void (*visit)(const struct delivery *, void *), void *ctx)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct delivery d;
	struct db_rows *rows;
	int i, n = -1;

	db_arg_int(&args, most);
	if ((rows = db_query(db, "delivery_claim_do", &args)) == NULL)
		return -1;
	for (i = 0; i < rows_count(rows); i++) {
		if (read_delivery(rows, i, &d) == -1)
			goto out;
		visit(&d, ctx);
	}
	n = i;
out:
	explicit_bzero(&d, sizeof(d));
	rows_wipe(rows);
	return n;
}

static void
name(struct db_args *args, const struct delivery *d)
{
	db_arg_int(args, d->subscription);
	db_arg_int(args, d->number);
}

int
db_delivery_done(struct db *db, const struct delivery *d, int status)
{
	struct db_args args = DB_ARGS_EMPTY;

	name(&args, d);
	db_arg_int(&args, status);
	return db_exec(db, "delivery_done_do", &args) == -1 ? -1 : 0;
}

int
db_delivery_failed(struct db *db, const struct delivery *d, int status,
    const char *why, int wait_ms)
{
	struct db_args args = DB_ARGS_EMPTY;

	name(&args, d);
	db_arg_int_or_null(&args, status);
	db_arg_text(&args, why);
	db_arg_int(&args, wait_ms);
	return db_exec(db, "delivery_failed_do", &args) == -1 ? -1 : 0;
}
