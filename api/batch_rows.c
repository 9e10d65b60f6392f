/*
 * Many decisions by one statement: a column is an array.
 */

#include <stdlib.h>

#include "api/batch_rows.h"
#include "api/decision.h"

enum {
	IDS,
	REQUESTS,
	MODES,
	VERDICTS,
	REASONS,
	WARNINGS,
	TRES,
	PLATFORMS,
	LEAVES,
	LOOKED_AT,
	LOOKED_AT_TEXTS,
	NARRAYS
};

struct batch_rows {
	const struct batch *batch;
	int64_t event, signer;
	int first, n; /* rows at hand: the index of the first */
	struct db_array arrays[NARRAYS];
	struct buf codes;
};

static void
begin(struct batch_rows *r)
{
	int i;

	r->first += r->n;
	r->n = 0;
	for (i = 0; i < NARRAYS; i++)
		db_array_begin(&r->arrays[i],
		    i == REQUESTS || i == TRES || i == PLATFORMS ? DB_BYTEA
			: i == LOOKED_AT			 ? DB_INT8
								 : DB_TEXT);
}

static void
free_arrays(struct batch_rows *r)
{
	int i;

	for (i = 0; i < NARRAYS; i++)
		db_array_free(&r->arrays[i]);
}

struct batch_rows *
batch_rows_new(const struct batch *b, int64_t event, int64_t signer)
{
	struct batch_rows *r = xcalloc(1, sizeof(*r));

	r->batch = b;
	r->event = event;
	r->signer = signer;
	begin(r);
	return r;
}

void
batch_rows_free(struct batch_rows *r)
{
	if (r == NULL)
		return;
	free_arrays(r);
	buf_free(&r->codes);
	free(r);
}

static void
put_codes(struct batch_rows *r, int column, const enum reason *list, int n)
{
	buf_clear(&r->codes);
	decision_put_codes(&r->codes, list, n);
	db_array_put(&r->arrays[column], buf_span(&r->codes));
}

void
batch_rows_put(struct batch_rows *r, const struct batch_kept_item *item,
    struct span leaf, struct span looked_at)
{
	const struct verdict *v = &item->verdict;

	db_array_put(&r->arrays[IDS], span_str(item->id));
	db_array_put(&r->arrays[REQUESTS], span_of(item->request_sha256, 32));
	db_array_put(&r->arrays[MODES],
	    span_str(item->mode == MODE_PLATFORM_ONLY ? "platform_only"
						      : "tre_and_platform"));
	db_array_put(&r->arrays[VERDICTS], span_str(verdict_text(v->kind)));
	put_codes(r, REASONS, v->reasons, v->nreasons);
	put_codes(r, WARNINGS, v->warnings, v->nwarnings);
	db_array_put(
	    &r->arrays[TRES], span_of(item->tre_sha256, item->tre ? 32 : 0));
	db_array_put(&r->arrays[PLATFORMS],
	    span_of(item->platform_sha256, item->platform ? 32 : 0));
	db_array_put(&r->arrays[LEAVES], leaf);
	db_array_put_int8(&r->arrays[LOOKED_AT],
	    db_array_put_once(&r->arrays[LOOKED_AT_TEXTS], looked_at));
	r->n++;
}

/* The next ones are read and put together meanwhile. */
int
batch_rows_record(struct batch_rows *r)
{
	struct db_args args = DB_ARGS_EMPTY;
	int i, rc;

	if (r->n == 0)
		return 0;
	db_arg_int(&args, r->batch->id);
	db_arg_int(&args, r->first);
	for (i = IDS; i <= PLATFORMS; i++)
		db_arg_array(&args, &r->arrays[i]);
	db_arg_int(&args, r->event);
	db_arg_array(&args, &r->arrays[LEAVES]);
	db_arg_int(&args, r->signer);
	db_arg_array(&args, &r->arrays[LOOKED_AT]);
	db_arg_array(&args, &r->arrays[LOOKED_AT_TEXTS]);
	rc = db_exec_later(r->batch->req->db, "decision_batch_add_do", &args);
	free_arrays(r);
	begin(r);
	return rc;
}
