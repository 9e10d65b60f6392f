/*
 * Questions that wait at the same time: one snapshot, one commit.  Whatever is
 * out of the common is left to decision.c.
 */

#include <stdlib.h>

#include "api/attest.h"
#include "api/decision.h"
#include "api/decision_together.h"
#include "api/queue.h"
#include "api/receipt_signer.h"
#include "base/log.h"
#include "base/pool.h"
#include "key/hash.h"

struct group {
	struct db *db;
	struct decision_one *const *ones;
	struct decision_one
	    *judged[QUEUE_TOGETHER]; /* those that are not alone */
	size_t n, njudged;
	int64_t event, signer;
};

void
decision_one_free(struct decision_one *one)
{
	if (one == NULL)
		return;
	question_free(&one->q);
	buf_free(&one->answer);
	buf_free(&one->receipt);
	buf_free(&one->looked_at);
	buf_free(&one->reasons);
	buf_free(&one->warnings);
	free(one);
}

/* ---- what they rest on */

/* What needs no record, while that is asked: on any thread. */
static int
prove(void *ctx, size_t i)
{
	struct group *g = ctx;

	question_prove(&g->ones[i]->q);
	return 0;
}

static int
ask_record(struct group *g)
{
	struct decision_asked asked[QUEUE_TOGETHER];
	struct decision_one *one;
	size_t i;

	for (i = 0; i < g->n; i++) {
		one = g->ones[i];
		asked[i] = (struct decision_asked){
			.certificate = span_of(one->req.principal.cert_sha256,
			    sizeof(one->req.principal.cert_sha256)),
			.purpose = one->q.r.purpose_text,
			.challenge = buf_span(&one->q.r.challenge),
			.tre_sha256 = one->tre,
			.platform_sha256 = one->platform,
			.facts = &one->q.facts,
			.record = &one->q.record,
		};
	}
	if (db_decision_facts_together(g->db, asked, g->n) == -1)
		return -1;
	for (i = 0; i < g->n; i++) {
		one = g->ones[i];
		one->alone = asked[i].organisation == 0 ||
		    asked[i].organisation !=
			one->req.principal.organisation_id ||
		    one->q.facts.challenge != CHALLENGE_IS_GOOD;
	}
	return 0;
}

/* Those that are still to be judged here. */
static void
choose(struct group *g)
{
	size_t i;

	g->njudged = 0;
	for (i = 0; i < g->n; i++)
		if (!g->ones[i]->alone)
			g->judged[g->njudged++] = g->ones[i];
}

static void
judge_paths(struct group *g)
{
	struct decision_one *one;
	size_t i;

	for (i = 0; i < g->njudged; i++) {
		one = g->judged[i];
		question_paths(&one->q, decision_pki());
		one->alone = question_shows_unregistered(&one->q);
		question_relations(&one->q);
		g->event = one->q.record.event;
	}
	choose(g);
}

/* ---- signatures, verdict and answer: on any thread */

#define ANSWER_ROOM 256 /* beside the receipt, mostly */

/* As decision_answer says it later, to the octet. */
static void
put_answer(struct decision_one *one)
{
	const struct verdict *v = &one->q.verdict;

	(void)buf_reserve(&one->answer, one->receipt.n + ANSWER_ROOM);
	buf_puts(&one->answer, "{\"reasons\": ");
	decision_put_list(&one->answer, v->reasons, v->nreasons);
	/* no buf_printf(), which looks twice at each octet of a receipt */
	buf_puts(&one->answer, ", \"receipt\": \"");
	buf_put_span(&one->answer, buf_span(&one->receipt));
	buf_puts(&one->answer, "\", \"verdict\": \"");
	buf_puts(&one->answer, verdict_text(v->kind));
	buf_puts(&one->answer, "\", \"decision\": \"");
	buf_puts(&one->answer, one->id);
	buf_puts(&one->answer, "\", \"warnings\": ");
	decision_put_list(&one->answer, v->warnings, v->nwarnings);
	buf_putc(&one->answer, '}');
}

/* All but its signature. */
static void
begin_receipt(struct decision_one *one)
{
	struct buf claims = BUF_EMPTY;
	struct receipt r;

	decision_receipt(&one->q, one->id, &r);
	receipt_write_claims(&claims, &r);
	receipt_begin(buf_span(&claims), &one->receipt);
	buf_free(&claims);
}

static int
judge(void *ctx, size_t i)
{
	struct group *g = ctx;
	struct decision_one *one = g->judged[i];
	struct question *q = &one->q;

	if (question_possession(q) == -1 || attest_asks(q)) {
		one->alone = true;
		return 0;
	}
	decide(&q->facts, q->record.now, &q->verdict);
	decision_follows(q, &one->follows);
	/* what is an incident, and whose consent is used up, is told */
	one->alone = one->follows.clone[0] != 0 ||
	    one->follows.consent.organisation != 0;
	if (one->alone)
		return 0;
	uuid_make_at(one->id, q->record.now);
	begin_receipt(one);
	operator_facts_write(&one->looked_at, &q->facts);
	decision_put_codes(
	    &one->reasons, q->verdict.reasons, q->verdict.nreasons);
	decision_put_codes(
	    &one->warnings, q->verdict.warnings, q->verdict.nwarnings);
	return 0;
}

/*
 * Sixteen receipts are signed together, which is cheaper than one by one, and
 * leaves enough turns for all cores.
 */
#define SIGNED_TOGETHER 16

static int
sign(void *ctx, size_t i)
{
	struct group *g = ctx;
	struct decision_one **all = &g->judged[i];
	struct buf *receipts[SIGNED_TOGETHER] = { NULL };
	size_t k, n = g->njudged - i;
	int rc;

	if (i % SIGNED_TOGETHER != 0)
		return 0;
	n = n < SIGNED_TOGETHER ? n : SIGNED_TOGETHER;
	for (k = 0; k < n; k++)
		receipts[k] = &all[k]->receipt;
	rc = receipt_end_many(receipts, n);
	for (k = 0; k < n; k++)
		if (rc == 0)
			put_answer(all[k]);
		else
			all[k]->alone = true;
	return 0;
}

/* ---- the record */

static struct decision_found
found(const struct decision_one *one)
{
	const struct question *q = &one->q;

	return (struct decision_found){
		.certificate = span_of(one->req.principal.cert_sha256,
		    sizeof(one->req.principal.cert_sha256)),
		.challenge = buf_span(&q->r.challenge),
		.id = one->id,
		.request_id = q->r.request_id,
		.request_sha256 = span_of(q->body_sha256, HASH_SIZE),
		.purpose = q->r.purpose_text,
		.mode = q->r.mode_text,
		.verdict = verdict_text(q->verdict.kind),
		.reasons = buf_span(&one->reasons),
		.warnings = buf_span(&one->warnings),
		.tre_sha256 = one->tre,
		.platform_sha256 = one->platform,
		.receipt = buf_span(&one->receipt),
		.looked_at = buf_span(&one->looked_at),
		.serve = one->follows.serve,
	};
}

static int
record(struct group *g)
{
	struct decision_found all[QUEUE_TOGETHER];
	size_t i;

	for (i = 0; i < g->njudged; i++)
		all[i] = found(g->judged[i]);
	if (db_decision_add_together(
		g->db, g->event, g->signer, all, g->njudged) == -1)
		return -1;
	for (i = 0; i < g->njudged; i++)
		g->judged[i]->alone = !all[i].recorded;
	return 0;
}

static int
judge_group(struct group *g)
{
	if (pki_ready(decision_pki(), g->db) == -1 ||
	    receipt_signer_ready(g->db, &g->signer) == -1)
		return -1;
	pool_begin(decision_pool(), g->n, prove, g);
	if (ask_record(g) == -1) {
		pool_drop(decision_pool());
		return -1;
	}
	if (pool_join(decision_pool()) == -1)
		return -1;
	choose(g);
	judge_paths(g);
	if (pool_each(decision_pool(), g->njudged, judge, g) == -1)
		return -1;
	choose(g);
	if (pool_each(decision_pool(), g->njudged, sign, g) == -1)
		return -1;
	choose(g);
	return g->njudged == 0 ? 0 : record(g);
}

int
decision_together(struct db *db, struct decision_one *const *ones, size_t n)
{
	struct group g = { .db = db, .ones = ones, .n = n };
	size_t i;

	if (db_begin(db) == -1 || judge_group(&g) == -1) {
		log_err("judge questions together");
		db_rollback(db);
		for (i = 0; i < n; i++)
			ones[i]->alone = true;
		return 0;
	}
	return db_commit(db);
}
