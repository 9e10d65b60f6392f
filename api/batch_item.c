/*
 * One item of a batch: read, verified and judged.
 */

#include <stdio.h>
#include <string.h>

#include "api/attest.h"
#include "api/batch_item.h"
#include "api/decision.h"
#include "api/never.h"
#include "base/err.h"

/* HMAC-SHA-256 by the batch's challenge of "TRE-BATCH-v1" and the index. */
static void
make_challenge(const struct batch_item *it, uint8_t challenge[HASH_SIZE])
{
	uint8_t octets[16] = { "TRE-BATCH-v1" };
	uint32_t i = (uint32_t)it->index;

	octets[12] = (uint8_t)(i >> 24);
	octets[13] = (uint8_t)(i >> 16);
	octets[14] = (uint8_t)(i >> 8);
	octets[15] = (uint8_t)i;
	hash_hmac(buf_span(&it->batch->head.asked.challenge),
	    span_of(octets, sizeof(octets)), challenge);
}

void
batch_item_begin(
    struct batch_item *it, const struct batch *b, int index, struct span line)
{
	it->batch = b;
	it->index = index;
	buf_clear(&it->line);
	buf_put_span(&it->line, line);
	memset(&it->q, 0, sizeof(it->q));
	it->q.req = b->req;
	it->detail[0] = '\0';
	it->tre = it->platform = span_of(NULL, 0);
	it->judged = false;
}

static void
cannot_read(struct batch_item *it)
{
	(void)snprintf(it->detail, sizeof(it->detail), "%s", err_text());
}

void
batch_item_read(struct batch_item *it)
{
	const struct batch *b = it->batch;
	struct span line = buf_span(&it->line);
	uint8_t challenge[HASH_SIZE];
	bool challenged = b->head.asked.challenge.n > 0;

	uuid_make_at(it->id, b->received);
	hash_sha256(line, it->q.body_sha256);
	if (challenged)
		make_challenge(it, challenge);
	if (decision_item_parse(line, &b->head,
		span_of(challenge, challenged ? HASH_SIZE : 0),
		&it->q.r) == -1 ||
	    never_in_body(line, true) == -1) {
		cannot_read(it);
		return;
	}
	question_open(&it->q, &it->tre, &it->platform);
	question_prove(&it->q);
	it->q.facts.received = b->received;
	it->q.facts.challenge = CHALLENGE_IS_GOOD; /* used up before */
}

void
batch_item_verify(struct batch_item *it)
{
	if (it->detail[0] == '\0' && question_possession(&it->q) == -1)
		cannot_read(it);
	if (it->detail[0] != '\0' || !attest_asks(&it->q))
		batch_item_judge(it);
}

void
batch_item_judge(struct batch_item *it)
{
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
	receipt_write_item(&it->leaf, &r, it->batch->head.batch, it->index);
	it->judged = true;
}

void
batch_item_free(struct batch_item *it)
{
	buf_free(&it->line);
	buf_free(&it->leaf);
	buf_free(&it->looked_at);
}
