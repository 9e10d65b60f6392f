/*
 * The second half of a batch: verdicts are final, and are recorded.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/batch_kept.h"
#include "api/batch_rows.h"
#include "api/decision.h"
#include "api/receipt_signer.h"
#include "base/err.h"
#include "key/merkle.h"
#include "policy/canon.h"
#include "registry/instance.h"

#define ROWS 256

struct batch_kept {
	FILE *file;
};

struct kept_size {
	uint32_t leaf, looked_at, consent;
};

struct batch_kept *
batch_kept_open(const struct instance *in)
{
	struct batch_kept *k = xcalloc(1, sizeof(*k));
	int fd = instance_temporary(in);

	if (fd == -1 || (k->file = fdopen(fd, "w+")) == NULL) {
		free(k);
		return NULL;
	}
	return k;
}

void
batch_kept_free(struct batch_kept *k)
{
	if (k == NULL)
		return;
	(void)fclose(k->file);
	free(k);
}

static int
put(struct batch_kept *k, const void *p, size_t n)
{
	return fwrite(p, 1, n, k->file) == n
	    ? 0
	    : err_set_code(ERR_BUSY, "STORAGE_FULL",
		  "there is no room for what came of a batch");
}

int
batch_kept_put(struct batch_kept *k, const struct batch_kept_item *item,
    const struct batch_kept_texts *t)
{
	struct kept_size size = { (uint32_t)t->leaf.n, (uint32_t)t->looked_at.n,
		(uint32_t)t->consent.n };

	if (put(k, item, sizeof(*item)) == -1 ||
	    put(k, &size, sizeof(size)) == -1 ||
	    put(k, t->leaf.p, t->leaf.n) == -1 ||
	    put(k, t->looked_at.p, t->looked_at.n) == -1)
		return -1;
	return put(k, t->consent.p, t->consent.n);
}

static int
get(struct batch_kept *k, void *p, size_t n)
{
	return fread(p, 1, n, k->file) == n
	    ? 0
	    : err_set(ERR_INTERNAL, "could not read a batch's file back");
}

static int
get_text(struct batch_kept *k, size_t n, struct buf *text)
{
	buf_clear(text);
	if (get(k, buf_reserve(text, n), n) == -1)
		return -1;
	text->n = n;
	return 0;
}

/* ---- their record */

struct recording {
	struct batch *batch;
	struct batch_kept *kept;
	const bool *twice;
	const struct facts *facts;
	const struct decision_record *record;
	int64_t signer;
	struct batch_rows *rows; /* NULL: they are recorded */
	uint8_t *leaves;	 /* MERKLE_SIZE octets an item */
	int count[VERDICT_PERMIT + 1];
	int n; /* items at hand */
	struct batch_kept_item items[ROWS];
	struct buf consents[ROWS]; /* their JWS */
	struct buf leaf, looked_at;
};

/* What follows from those that were just recorded. */
static int
follow_rows(struct recording *r)
{
	struct db *db = r->batch->req->db;
	int64_t serve[2 * ROWS];
	int i;

	for (i = 0; i < r->n; i++) {
		struct decision_follows *f = &r->items[i].follows;

		serve[2 * i] = f->serve[0];
		serve[2 * i + 1] = f->serve[1];
		if (consent_use(db, &f->consent, r->items[i].id,
			buf_span(&r->consents[i])) == -1 ||
		    decision_follow_clone(db, f, r->items[i].id) == -1)
			return -1;
	}
	return decision_follow_serve(db, serve, 2 * (size_t)r->n);
}

static int
flush_rows(struct recording *r)
{
	if ((r->rows != NULL && batch_rows_record(r->rows) == -1) ||
	    follow_rows(r) == -1)
		return -1;
	r->n = 0;
	return 0;
}

/* It shares something with another: all else that was found is void. */
static int
refuse_twice(struct recording *r, struct batch_kept_item *item)
{
	struct facts f = *r->facts;
	json_t *said;
	int rc;

	f.form_good = true;
	f.purpose = r->batch->head.asked.purpose;
	f.mode = item->mode;
	f.twice = true;
	decide(&f, r->record->now, &item->verdict);
	memset(&item->follows, 0, sizeof(item->follows));
	said = json_loadb((const char *)r->leaf.p, r->leaf.n, 0, NULL);
	receipt_item_judge(said, &item->verdict);
	buf_clear(&r->leaf);
	rc = canon_write(&r->leaf, said);
	json_decref(said);
	return rc;
}

static int
record_item(struct recording *r, int index)
{
	struct batch_kept_item *item = &r->items[r->n];
	struct kept_size size;

	if (get(r->kept, item, sizeof(*item)) == -1 ||
	    get(r->kept, &size, sizeof(size)) == -1 ||
	    get_text(r->kept, size.leaf, &r->leaf) == -1 ||
	    get_text(r->kept, size.looked_at, &r->looked_at) == -1 ||
	    get_text(r->kept, size.consent, &r->consents[r->n]) == -1)
		return -1;
	if (r->twice[index] && refuse_twice(r, item) == -1)
		return -1;
	merkle_leaf(buf_span(&r->leaf), r->leaves + index * MERKLE_SIZE);
	r->count[item->verdict.kind]++;
	if (r->rows != NULL)
		batch_rows_put(
		    r->rows, item, buf_span(&r->leaf), buf_span(&r->looked_at));
	return ++r->n == ROWS ? flush_rows(r) : 0;
}

/* ---- the answer as a whole */

static json_t *
claims_of(const struct recording *r)
{
	const struct batch *b = r->batch;
	struct merkle *tree = merkle_new(r->leaves, (size_t)b->head.items);
	uint8_t root[MERKLE_SIZE];
	struct receipt_batch claims = {
		.issuer = decision_issuer(),
		.operator= b->req->principal.organisation,
		.batch = b->head.batch,
		.now = r->record->now,
		.received = b->received,
		.purpose = b->head.asked.purpose_text,
		.size = b->head.items,
		.permit = r->count[VERDICT_PERMIT],
		.refuse = r->count[VERDICT_REFUSE],
		.indeterminate = r->count[VERDICT_INDETERMINATE],
		.root = span_of(root, MERKLE_SIZE),
		.request = span_of(b->body_sha256, HASH_SIZE),
		.event = r->record->event,
		.event_sha256 = span_of(r->record->event_sha256, 32),
		.policy = r->facts->policy,
	};

	merkle_root(tree, root);
	merkle_free(tree);
	return receipt_batch_claims(&claims);
}

static int
end(struct recording *r, const char *receipt)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_int(&args, r->batch->id);
	db_arg_int(&args, r->count[VERDICT_PERMIT]);
	db_arg_int(&args, r->count[VERDICT_REFUSE]);
	db_arg_int(&args, r->count[VERDICT_INDETERMINATE]);
	db_arg_int(&args, r->record->event);
	db_arg_bytes(&args,
	    span_of(r->leaves, (size_t)r->batch->head.items * MERKLE_SIZE));
	db_arg_text(&args, receipt);
	db_arg_int(&args, r->signer);
	return db_exec(r->batch->req->db, "decision_batch_end_do", &args) == 1
	    ? 0
	    : -1;
}

static int
record_all(struct recording *r)
{
	struct db *db = r->batch->req->db;
	struct buf jws = BUF_EMPTY;
	json_t *claims;
	int i, rc = -1;

	rewind(r->kept->file);
	for (i = 0; i < r->batch->head.items; i++)
		if (record_item(r, i) == -1)
			goto out;
	if (flush_rows(r) == -1)
		goto out;
	claims = claims_of(r);
	if (receipt_sign(db, claims, &jws, &r->signer) == 0)
		rc = end(r, buf_str(&jws));
	json_decref(claims);
out:
	buf_free(&jws);
	return rc;
}

int
batch_record(const struct batch_record *b)
{
	struct recording *r = xcalloc(1, sizeof(*r));
	int i, rc;

	r->batch = b->batch;
	r->kept = b->kept;
	r->rows = b->rows;
	r->twice = b->twice;
	r->facts = b->facts;
	r->record = b->record;
	r->signer = b->signer;
	r->leaves = xcalloc((size_t)b->batch->head.items, MERKLE_SIZE);
	rc = record_all(r);
	buf_free(&r->leaf);
	buf_free(&r->looked_at);
	for (i = 0; i < ROWS; i++)
		buf_free(&r->consents[i]);
	free(r->leaves);
	free(r);
	return rc;
}
