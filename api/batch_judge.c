/*
 * Judging a batch.  Memory is what a chunk of items takes, beside 100 octets or
 * so an item for what may be there twice and for the tree of the answer.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/attest.h"
#include "api/batch_file.h"
#include "api/batch_judge.h"
#include "api/batch_kept.h"
#include "api/batch_twice.h"
#include "api/decision.h"
#include "api/never.h"
#include "base/err.h"
#include "base/pool.h"
#include "key/uuid.h"

#define CHUNK 256

/* One item while its chunk is judged. */
struct item {
	struct question q;
	struct span tre, platform; /* hashes of the leaves; empty: not shown */
	char id[UUID_TEXT];
	char detail[512]; /* why it cannot be read; "": it can */
	struct buf leaf, looked_at;
};

struct judging;

/* So many at a time: their facts come by one statement. */
struct chunk {
	struct judging *j;
	struct item items[CHUNK];
	int n, first; /* index of its first */
};

struct judging {
	struct batch *batch;
	struct facts facts; /* what all items have in common */
	struct decision_record record;
	struct batch_twice *twice;
	struct batch_kept *kept;
	struct chunk chunks[2];
	struct chunk *at;   /* is read and asked about by this thread, */
	struct chunk *busy; /* while the others verify this one; or NULL */
};

/* HMAC-SHA-256 by the batch's challenge of "TRE-BATCH-v1" and the index. */
static void
make_challenge(const struct batch *b, int index, uint8_t challenge[HASH_SIZE])
{
	uint8_t octets[16] = { "TRE-BATCH-v1" };
	uint32_t i = (uint32_t)index;

	octets[12] = (uint8_t)(i >> 24);
	octets[13] = (uint8_t)(i >> 16);
	octets[14] = (uint8_t)(i >> 8);
	octets[15] = (uint8_t)i;
	hash_hmac(buf_span(&b->head.asked.challenge),
	    span_of(octets, sizeof(octets)), challenge);
}

/* ---- reading */

static void
cannot_read(struct item *it)
{
	(void)snprintf(it->detail, sizeof(it->detail), "%s", err_text());
}

static void
read_item(struct judging *j, struct item *it, int index, struct span line)
{
	const struct decision_head *head = &j->batch->head;
	uint8_t challenge[HASH_SIZE];
	bool challenged = head->asked.challenge.n > 0;

	memset(&it->q, 0, sizeof(it->q));
	it->detail[0] = '\0';
	it->tre = it->platform = span_of(NULL, 0);
	uuid_make(it->id);
	it->q.req = j->batch->req;
	hash_sha256(line, it->q.body_sha256);
	if (challenged)
		make_challenge(j->batch, index, challenge);
	if (decision_item_parse(line, head,
		span_of(challenge, challenged ? HASH_SIZE : 0),
		&it->q.r) == -1 ||
	    never_in_body(line, true) == -1) {
		cannot_read(it);
		return;
	}
	question_open(&it->q, &it->tre, &it->platform);
	it->q.facts.received = j->batch->received;
	it->q.facts.challenge = CHALLENGE_IS_GOOD; /* used up before */
}

/* ---- judging a chunk */

/* Ask the record about all that can be read, in one statement, and about each
 * consent that is shown. */
static int
ask_record(struct judging *j, struct chunk *c)
{
	struct decision_wanted wanted[CHUNK];
	struct item *it;
	int i;

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
	struct item *it;
	int i;

	for (i = 0; i < c->n; i++) {
		it = &c->items[i];
		if (it->detail[0] != '\0')
			continue;
		if (question_judge(&it->q, decision_pki()) == -1)
			return -1;
		batch_twice_question(
		    j->twice, &it->q, (uint32_t)(c->first + i));
	}
	return 0;
}

/* Signatures: on any thread. */
static int
check_signatures(void *ctx, size_t i)
{
	struct chunk *c = ctx;
	struct item *it = &c->items[i];

	if (it->detail[0] == '\0' && question_possession(&it->q) == -1)
		cannot_read(it);
	return 0;
}

/* What they measured, where the record has something to compare it with. */
static int
judge_evidence(struct chunk *c)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (c->items[i].detail[0] == '\0' &&
		    attest_judge(&c->items[i].q) == -1)
			return -1;
	return 0;
}

/* Verdict, and what is said of it: on any thread. */
static int
judge_item(void *ctx, size_t i)
{
	struct chunk *c = ctx;
	struct item *it = &c->items[i];
	struct question *q = &it->q;
	struct receipt r;

	buf_clear(&it->looked_at);
	if (it->detail[0] != '\0') {
		q->facts.form_good = false;
		q->facts.purpose = q->r.purpose;
		buf_puts(&it->looked_at, "{}");
	} else
		operator_facts_write(&it->looked_at, &q->facts);
	if (q->r.mode_text == NULL)
		q->r.mode_text = "tre_and_platform";
	decide(&q->facts, q->record.now, &q->verdict);
	decision_receipt(q, it->id, &r);
	r.detail = it->detail[0] != '\0' ? it->detail : NULL;
	r.request_id = NULL;
	buf_clear(&it->leaf);
	receipt_write_item(
	    &it->leaf, &r, c->j->batch->head.batch, c->first + (int)i);
	return 0;
}

static int
keep_item(struct judging *j, const struct item *it)
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
	int i;

	for (i = 0; i < c->n; i++)
		question_free(&c->items[i].q);
	c->n = 0;
}

/* The others are waited for and helped; what comes of it all is kept. */
static int
end_busy(struct judging *j)
{
	struct chunk *c = j->busy;
	int i, rc;

	if (c == NULL)
		return 0;
	j->busy = NULL;
	rc = pool_join(decision_pool());
	if (rc == 0 && (rc = judge_evidence(c)) == 0)
		rc = pool_each(decision_pool(), (size_t)c->n, judge_item, c);
	for (i = 0; i < c->n && rc == 0; i++)
		rc = keep_item(j, &c->items[i]);
	free_questions(c);
	return rc;
}

/* The chunk at hand is full: the others verify its signatures, once they are
 * free. */
static int
judge_chunk(struct judging *j)
{
	struct chunk *c = j->at;

	if (ask_record(j, c) == -1 || judge_paths(j, c) == -1 ||
	    end_busy(j) == -1)
		return -1;
	pool_begin(decision_pool(), (size_t)c->n, check_signatures, c);
	j->busy = c;
	j->at = c == &j->chunks[0] ? &j->chunks[1] : &j->chunks[0];
	j->at->first = c->first + c->n;
	return 0;
}

static int
judge_items(struct judging *j)
{
	struct batch_file *f = batch_file_open(j->batch->req->body_fd);
	struct chunk *c;
	struct span line;
	int rc;

	rc = batch_file_line(f, &line); /* the head, which is known */
	while (rc == 1 && (rc = batch_file_line(f, &line)) == 1) {
		c = j->at;
		read_item(j, &c->items[c->n], c->first + c->n, line);
		if (++c->n == CHUNK && judge_chunk(j) == -1)
			rc = -1;
	}
	if (rc == 0 && j->at->n > 0)
		rc = judge_chunk(j);
	batch_file_free(f);
	return rc == 0 ? end_busy(j) : rc;
}

/* ---- all of it */

static int
open_judging(struct judging *j)
{
	struct batch *b = j->batch;
	struct request *req = b->req;
	struct span none = span_of(NULL, 0);

	j->chunks[0].j = j->chunks[1].j = j;
	j->at = &j->chunks[0];
	j->twice = batch_twice_new();
	if ((j->kept = batch_kept_open(req->instance)) == NULL ||
	    pki_ready(decision_pki(), req->db) == -1)
		return -1;
	return db_decision_facts(req->db, req->principal.organisation_id,
	    b->head.asked.purpose_text, none, none, &j->facts, &j->record);
}

static void
free_chunk(struct chunk *c)
{
	int i;

	free_questions(c);
	for (i = 0; i < CHUNK; i++) {
		buf_free(&c->items[i].leaf);
		buf_free(&c->items[i].looked_at);
	}
}

static void
free_judging(struct judging *j)
{
	if (j->busy != NULL)
		(void)pool_join(decision_pool());
	free_chunk(&j->chunks[0]);
	free_chunk(&j->chunks[1]);
	batch_twice_free(j->twice);
	batch_kept_free(j->kept);
	decision_record_free(&j->record);
	free(j);
}

/* Those that share a device, a key or an IMEI with another. */
static bool *
find_twice(struct judging *j)
{
	bool *items = xcalloc((size_t)j->batch->head.items, sizeof(bool));

	batch_twice_mark(j->twice, items);
	return items;
}

int
batch_judge(struct batch *b)
{
	struct judging *j = xcalloc(1, sizeof(*j));
	bool *twice = NULL;
	int rc = -1;

	j->batch = b;
	if (open_judging(j) == 0 && judge_items(j) == 0) {
		twice = find_twice(j);
		rc = batch_record(b, j->kept, twice, &j->facts, &j->record);
	}
	free(twice);
	free_judging(j);
	return rc;
}
