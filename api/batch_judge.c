/*
 * Judging a batch.  Memory is what three chunks of items take, beside 100
 * octets or so an item for what may be there twice and for the tree of the
 * answer.
 *
 * A chunk is read, then asked about, then its signatures are verified.  Asking
 * is waiting for the database, and is done while the other threads read and
 * verify: one chunk is in each of the three steps.
 */

#include <stdlib.h>
#include <string.h>

#include "api/attest.h"
#include "api/batch_file.h"
#include "api/batch_item.h"
#include "api/batch_judge.h"
#include "api/batch_kept.h"
#include "api/batch_rows.h"
#include "api/batch_twice.h"
#include "api/decision.h"
#include "api/receipt_signer.h"
#include "base/pool.h"

#define CHUNK	  128
#define LINE_KEPT 8192 /* octets of a longer line are not kept for the next */

/* So many at a time: their facts come by one statement. */
struct chunk {
	struct batch_item items[CHUNK];
	int n;
};

struct judging {
	struct batch *batch;
	struct facts facts; /* what all items have in common */
	struct decision_record record;
	struct batch_twice *twice;
	struct batch_kept *kept;
	struct batch_rows *rows; /* of those that are kept: to be recorded */
	int64_t signer;
	struct batch_file *file;
	int nlines; /* of items, so far */
	bool ended;
	struct chunk chunks[3];
	struct chunk *reading, *asking, *verifying; /* n 0: nothing */
};

/* ---- reading */

/* The lines that come next, none at the end. */
static int
fill(struct judging *j, struct chunk *c)
{
	struct span line;
	int rc = 1;

	while (!j->ended && c->n < CHUNK &&
	    (rc = batch_file_line(j->file, &line)) == 1)
		batch_item_begin(
		    &c->items[c->n++], j->batch, j->nlines++, line);
	j->ended = j->ended || rc != 1;
	return rc == -1 ? -1 : 0;
}

/* ---- judging a chunk */

/* Ask the record about all that can be read, in one statement, and about each
 * consent that is shown. */
static int
ask_record(struct judging *j, struct chunk *c)
{
	struct decision_wanted wanted[CHUNK];
	struct batch_item *it;
	int i;

	if (c->n == 0)
		return 0;
	for (i = 0; i < c->n; i++) {
		it = &c->items[i];
		wanted[i] = (struct decision_wanted){ it->tre, it->platform,
			&it->q.facts, &it->q.record };
	}
	if (db_decision_facts_many(j->batch->req->db, &j->facts, &j->record,
		wanted, (size_t)c->n) == -1)
		return -1;
	for (i = 0; i < c->n; i++)
		if (db_decision_consent(
			j->batch->req->db, &c->items[i].q.record.consent) == -1)
			return -1;
	return 0;
}

/* Paths and bindings: with the record's CAs at hand, so on one thread. */
static int
judge_paths(struct judging *j, struct chunk *c)
{
	struct batch_item *it;
	int i;

	for (i = 0; i < c->n; i++) {
		it = &c->items[i];
		if (it->detail[0] != '\0')
			continue;
		if (question_judge(&it->q, decision_pki()) == -1)
			return -1;
		batch_twice_question(j->twice, &it->q, (uint32_t)it->index);
	}
	return 0;
}

static int
judge_rest(struct chunk *c)
{
	int i;

	for (i = 0; i < c->n; i++) {
		if (c->items[i].judged)
			continue;
		if (attest_judge(&c->items[i].q) == -1)
			return -1;
		batch_item_judge(&c->items[i]);
	}
	return 0;
}

static int
keep_item(struct judging *j, const struct batch_item *it)
{
	const struct question *q = &it->q;
	struct batch_kept_item k = { .verdict = q->verdict,
		.mode = q->facts.mode,
		.tre = q->r.tre.n > 0 && it->detail[0] == '\0',
		.platform = q->r.platform.n > 0 && it->detail[0] == '\0' };

	memcpy(k.id, it->id, sizeof(k.id));
	memcpy(k.request_sha256, q->body_sha256, HASH_SIZE);
	memcpy(k.tre_sha256, q->tre_sha256, HASH_SIZE);
	memcpy(k.platform_sha256, q->platform_sha256, HASH_SIZE);
	decision_follows(q, &k.follows);
	if (!j->batch->has_twice)
		batch_rows_put(
		    j->rows, &k, buf_span(&it->leaf), buf_span(&it->looked_at));
	return batch_kept_put(j->kept, &k,
	    &(struct batch_kept_texts){ buf_span(&it->leaf),
		buf_span(&it->looked_at),
		span_str(
		    k.follows.consent.organisation != 0 ? q->r.consent : "") });
}

/* What was asked and found of them is forgotten. */
static void
free_questions(struct chunk *c)
{
	struct batch_item *it;
	int i;

	for (i = 0; i < c->n; i++) {
		it = &c->items[i];
		question_free(&it->q);
		if (it->line.cap > LINE_KEPT)
			buf_free(&it->line);
	}
	c->n = 0;
}

/* What the threads do of a step. */
static int
verify_or_read(void *ctx, size_t i)
{
	struct judging *j = ctx;
	size_t n = (size_t)j->verifying->n;

	if (i < n)
		batch_item_verify(&j->verifying->items[i]);
	else
		batch_item_read(&j->reading->items[i - n]);
	return 0;
}

/* What comes of the chunk that has been verified is kept. */
static int
keep_verified(struct judging *j)
{
	struct chunk *c = j->verifying;
	int i, rc = judge_rest(c);

	for (i = 0; i < c->n && rc == 0; i++)
		rc = keep_item(j, &c->items[i]);
	free_questions(c);
	return rc;
}

/* Each chunk's next step, at the same time. */
static int
step(struct judging *j)
{
	size_t n = (size_t)(j->verifying->n + j->reading->n);

	pool_begin(decision_pool(), n, verify_or_read, j);
	if (ask_record(j, j->asking) == -1 || judge_paths(j, j->asking) == -1 ||
	    batch_rows_record(j->rows) == -1) {
		pool_drop(decision_pool());
		return -1;
	}
	return pool_join(decision_pool()) == -1 ? -1 : keep_verified(j);
}

static int
judge_items(struct judging *j)
{
	struct chunk *done;
	struct span line;
	int rc;

	rc = batch_file_line(j->file, &line); /* the head, which is known */
	do {
		done = j->verifying;
		j->verifying = j->asking;
		j->asking = j->reading;
		j->reading = done;
		if (rc == -1 || fill(j, j->reading) == -1 || step(j) == -1)
			return -1;
	} while (j->reading->n + j->asking->n > 0);
	return batch_rows_record(j->rows);
}

/* ---- all of it */

static int
open_judging(struct judging *j)
{
	struct batch *b = j->batch;
	struct request *req = b->req;
	struct span none = span_of(NULL, 0);

	j->reading = &j->chunks[0];
	j->asking = &j->chunks[1];
	j->verifying = &j->chunks[2];
	j->file = batch_file_open(req->body_fd);
	j->twice = batch_twice_new();
	if ((j->kept = batch_kept_open(req->instance)) == NULL ||
	    pki_ready(decision_pki(), req->db) == -1)
		return -1;
	if (receipt_signer_ready(req->db, &j->signer) == -1 ||
	    db_decision_facts(req->db, req->principal.organisation_id,
		b->head.asked.purpose_text, none, none, &j->facts,
		&j->record) == -1)
		return -1;
	j->rows = batch_rows_new(b, j->record.event, j->signer);
	return 0;
}

static void
free_chunk(struct chunk *c)
{
	int i;

	free_questions(c);
	for (i = 0; i < CHUNK; i++)
		batch_item_free(&c->items[i]);
}

static void
free_judging(struct judging *j)
{
	int i;

	for (i = 0; i < 3; i++)
		free_chunk(&j->chunks[i]);
	batch_file_free(j->file);
	batch_twice_free(j->twice);
	batch_rows_free(j->rows);
	batch_kept_free(j->kept);
	decision_record_free(&j->record);
	free(j);
}

/* Of those that share a device, a key or an IMEI with another: true. */
static bool *
find_twice(struct judging *j, bool *any)
{
	size_t i, n = (size_t)j->batch->head.items;
	bool *items = xcalloc(n, sizeof(bool));

	batch_twice_mark(j->twice, items);
	for (*any = false, i = 0; i < n; i++)
		*any = *any || items[i];
	return items;
}

static int
end(struct judging *j)
{
	struct batch_record r = {
		.batch = j->batch,
		.kept = j->kept,
		.rows = j->batch->has_twice ? j->rows : NULL,
		.facts = &j->facts,
		.record = &j->record,
		.signer = j->signer,
	};
	bool any, *twice = find_twice(j, &any);
	int rc;

	r.twice = twice;
	if (any && !j->batch->has_twice) {
		j->batch->has_twice = true;
		rc = BATCH_AGAIN;
	} else
		rc = batch_record(&r);
	free(twice);
	return rc;
}

int
batch_judge(struct batch *b)
{
	struct judging *j = xcalloc(1, sizeof(*j));
	int rc = -1;

	j->batch = b;
	if (open_judging(j) == 0 && judge_items(j) == 0)
		rc = end(j);
	free_judging(j);
	return rc;
}
