/*
 * May a subscription go to this device, now?  The form is read, the record is
 * asked once, the engine judges, and the answer is signed and recorded in the
 * same transaction.  Whatever fails on the way: no permit.
 */

#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/decision.h"
#include "api/decision_follow.h"
#include "api/decision_queue.h"
#include "api/forward.h"
#include "api/question.h"
#include "api/receipt_signer.h"
#include "api/route.h"
#include "base/err.h"
#include "base/pool.h"
#include "key/hash.h"
#include "key/uuid.h"
#include "policy/receipt.h"

#define BODY_MOST (96 * 1024)
#define TRIES	  5

static struct pki *pki;
static char issuer[256];

struct pki *
decision_pki(void)
{
	return pki;
}

const char *
decision_issuer(void)
{
	return issuer;
}

struct pool *
decision_pool(void)
{
	static struct pool *pool; /* for the process's life */

	if (pool == NULL) {
		pool = pool_new(0, NULL);
		/* of forty that came together each thread has its share */
		pool_share_out(pool, 4);
	}
	return pool;
}

int
decision_open(const struct instance *in)
{
	char path[INSTANCE_PATH_MAX];

	pki = pki_new();
	(void)snprintf(issuer, sizeof(issuer), "%s", in->url);
	return receipt_signer_open(instance_path(in, path, "api/receipt.key"));
}

void
decision_close(void)
{
	receipt_signer_close();
	pki_free(pki);
	pki = NULL;
}

/* ---- the same question again */

/* 1: answered from the record; 0: it is a new one; -1: refused. */
static int
answer_again(struct question *q, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf json = BUF_EMPTY;
	struct db_rows *rows;
	int rc = 0;

	db_arg_int(&args, q->req->principal.organisation_id);
	db_arg_text(&args, q->r.request_id);
	if ((rows = db_query(q->req->db, "decision_earlier", &args)) == NULL)
		return -1;
	if (rows_count(rows) == 0)
		goto out;
	if (!span_equal(row_bytes(rows, 0, 1), span_of(q->body_sha256, 32))) {
		rc = err_set_code(ERR_CONFLICT, "REQUEST_ID_REUSED",
		    "the request id was used for another request");
		goto out;
	}
	args = DB_ARGS_EMPTY;
	db_arg_text(&args, row_text(rows, 0, 0));
	rc = db_call_json(q->req->db, "decision_answer", &args, &json);
	if (rc == 0) {
		reply_json(reply, 200, buf_str(&json));
		rc = 1;
	}
out:
	buf_free(&json);
	rows_free(rows);
	return rc;
}

void
decision_put_codes(struct buf *out, const enum reason *list, int n)
{
	int i;

	buf_putc(out, '{');
	for (i = 0; i < n; i++)
		buf_printf(
		    out, "%s%s", i > 0 ? "," : "", reason_get(list[i])->code);
	buf_putc(out, '}');
}

void
decision_put_list(struct buf *out, const enum reason *list, int n)
{
	int i;

	buf_putc(out, '[');
	for (i = 0; i < n; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    reason_get(list[i])->code);
	buf_putc(out, ']');
}

static void
arg_hash(struct db_args *args, struct span s)
{
	if (s.n > 0)
		db_arg_bytes(args, s);
	else
		db_arg_null(args);
}

/* And what the operator is told. */
static int
record(struct question *q, const char *id, const char *receipt, int64_t signer,
    struct buf *answer)
{
	struct buf reasons = BUF_EMPTY, warnings = BUF_EMPTY,
		   looked_at = BUF_EMPTY;
	struct db_args args = DB_ARGS_EMPTY;
	int rc;

	operator_facts_write(&looked_at, &q->facts);
	decision_put_codes(&reasons, q->verdict.reasons, q->verdict.nreasons);
	decision_put_codes(
	    &warnings, q->verdict.warnings, q->verdict.nwarnings);
	db_arg_text(&args, id);
	db_arg_text(&args, q->r.request_id);
	db_arg_bytes(&args, span_of(q->body_sha256, 32));
	db_arg_text(&args, q->r.purpose_text);
	db_arg_text(&args, q->r.mode_text);
	db_arg_text(&args, verdict_text(q->verdict.kind));
	db_arg_text(&args, buf_str(&reasons));
	db_arg_text(&args, buf_str(&warnings));
	arg_hash(&args, span_of(q->tre_sha256, q->r.tre.n > 0 ? 32 : 0));
	arg_hash(
	    &args, span_of(q->platform_sha256, q->r.platform.n > 0 ? 32 : 0));
	db_arg_int(&args, q->record.event);
	db_arg_text(&args, receipt);
	db_arg_int(&args, signer);
	db_arg_text(&args, buf_str(&looked_at));
	rc = db_call_json(q->req->db, "decision_add_do", &args, answer);
	buf_free(&reasons);
	buf_free(&warnings);
	buf_free(&looked_at);
	return rc;
}

void
decision_receipt(const struct question *q, const char *id, struct receipt *r)
{
	*r = (struct receipt){
		.issuer = issuer,
		.operator= q->req->principal.organisation,
		.id = id,
		.now = q->record.now,
		.request_id = q->r.request_id,
		.purpose = q->r.purpose_text,
		.mode = q->r.mode_text,
		.operator_nonce = q->r.operator_nonce,
		.challenge = buf_span(&q->r.challenge),
		.request = span_of(q->body_sha256, 32),
		.transcript =
		    span_of(q->transcript_sha256, q->transcript.n > 0 ? 32 : 0),
		.tre = span_of(q->tre_sha256, q->r.tre.n > 0 ? 32 : 0),
		.platform =
		    span_of(q->platform_sha256, q->r.platform.n > 0 ? 32 : 0),
		.consent =
		    q->facts.consent == CONSENT_IS_GOOD ? q->consent.id : NULL,
		.event = q->record.event,
		.event_sha256 = span_of(q->record.event_sha256, 32),
		.crl_number = q->record.platform.crl_number,
		.facts = &q->facts,
		.verdict = &q->verdict,
	};
}

static int
answer(struct question *q, struct reply *reply)
{
	struct buf jws = BUF_EMPTY, json = BUF_EMPTY, claims = BUF_EMPTY;
	struct receipt r;
	int64_t signer;
	char id[UUID_TEXT];
	int rc = -1;

	decide(&q->facts, q->record.now, &q->verdict);
	uuid_make_at(id, q->record.now);
	decision_receipt(q, id, &r);
	receipt_write_claims(&claims, &r);
	if (receipt_signer_ready(q->req->db, &signer) == -1 ||
	    receipt_write(buf_span(&claims), &jws) == -1 ||
	    record(q, id, buf_str(&jws), signer, &json) == -1 ||
	    decision_follow(q, id) == -1)
		goto out;
	rc = reply_json(reply, 200, buf_str(&json));
out:
	buf_free(&claims);
	buf_free(&jws);
	buf_free(&json);
	return rc;
}

/* By itself, from the caller's certificate on. */
static int
alone_once(struct request *req, struct reply *reply)
{
	static const struct route afresh = { .roles = ROLE_OPERATOR };
	struct question q;
	int rc;

	if (auth_caller(&afresh, req) == -1 ||
	    db_begin_as(req->db, req->principal.id) == -1)
		return -1;
	memset(&q, 0, sizeof(q));
	q.req = req;
	hash_sha256(req->body, q.body_sha256);
	if ((rc = decision_request_parse(req->body, &q.r)) == -1)
		goto out;
	if ((rc = question_gather(&q, pki)) == -1)
		goto out;
	/* one that was answered has used its challenge up, or had none */
	if ((q.facts.challenge != CHALLENGE_IS_GOOD || q.r.challenge.n == 0) &&
	    (rc = answer_again(&q, reply)) != 0)
		rc = rc == 1 ? 0 : -1;
	else
		rc = answer(&q, reply);
	/* the same consent at the same time: the other one is answered */
	if (rc == -1 && strcmp(err_code(), "CONSENT_IN_USE") == 0)
		rc = err_set_code(ERR_BUSY, "REQUEST_IN_PROGRESS",
		    "a request with the same consent is being answered: ask "
		    "again");
out:
	question_free(&q);
	return rc == 0 ? db_commit(req->db) : -1;
}

/* Another transaction was in the way, and is over: nothing of this one was. */
int
decision_alone(struct request *req, struct reply *reply)
{
	int tries = 1, rc;

	while ((rc = alone_once(req, reply)) == -1 && tries++ < TRIES &&
	    strcmp(err_code(), "CONTENDED") == 0) {
		db_rollback(req->db);
		reply_free(reply);
	}
	return rc;
}

static int
decision_new(struct request *req, struct reply *reply)
{
	return queue_serve(&decision_queue, req, reply);
}

static int
decision_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "before",
		"verdict=permit|refuse|indeterminate", "operator", NULL };

	return forward_search(req, reply, "decision_list", queries);
}

static int
decision_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "decision_get", "decision");
}

const struct route decision_routes[] = {
	{ METHOD_POST, "/v1/decisions", ROLE_OPERATOR,
	    ROUTE_NO_TRANSACTION | ROUTE_CALLER_KEPT, BODY_MOST, decision_new,
	    "May a subscription go to this device, now? A signed verdict" },
	{ METHOD_GET, "/v1/decisions", ROLE_OPERATOR | ROLE_BODY, 0, 0,
	    decision_list, "The decisions that the caller may see" },
	{ METHOD_GET, "/v1/decisions/{decision}", ROLE_OPERATOR | ROLE_BODY, 0,
	    0, decision_get, "Show a decision and its receipt" },
	ROUTE_END,
};
