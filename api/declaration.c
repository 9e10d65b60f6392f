/*
 * /v1/declarations: what suppliers sign of their models.
 */

#include "registry/declaration.h"
#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "base/clock.h"
#include "registry/fields.h"

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "model",
		"organisation", NULL };

	return forward_search(req, reply, "declaration_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "declaration_get", "declaration");
}

static int
submit(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct declaration d = { .payload = NULL };
	struct fields f;
	const char *jws;
	int rc;

	fields_open(&f, req->body);
	jws = fields_text(&f, "declaration", 1, DECLARATION_MAX);
	if ((rc = fields_end(&f)) == -1)
		goto out;
	rc = declaration_read(&d, span_str(jws), req->certificate, clock_now());
	if (rc == -1)
		goto out;
	db_arg_text(&args, d.model);
	db_arg_text(&args, d.ruleset);
	db_arg_int(&args, d.version);
	db_arg_text(&args, d.answers);
	db_arg_int(&args, d.valid_until);
	db_arg_text(&args, jws);
	rc = forward(req, reply, 201, "declaration_submit_do", &args);
out:
	declaration_free(&d);
	fields_free(&f);
	return rc;
}

static int
accept_(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "declaration_accept_do", "declaration");
}

static int
withdraw(struct request *req, struct reply *reply)
{
	return forward_act(
	    req, reply, 200, "declaration_withdraw_do", "declaration");
}

#define EVIDENCE_MOST 100

static int
challenge(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf rules = BUF_EMPTY, evidence = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "declaration"));
	db_arg_text(
	    &args, array_text(fields_texts(&f, "rules", 1, 100, 16), &rules));
	db_arg_text(&args, fields_text(&f, "ground", 1, 2000));
	db_arg_text(&args,
	    array_text_opt(fields_texts_opt(&f, "evidence", EVIDENCE_MOST, 64),
		&evidence));
	if ((rc = fields_end(&f)) == 0)
		rc =
		    forward(req, reply, 200, "declaration_challenge_do", &args);
	fields_free(&f);
	buf_free(&rules);
	buf_free(&evidence);
	return rc;
}

static int
answer(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf evidence = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "declaration"));
	db_arg_text(&args, fields_text(&f, "answer", 1, 4000));
	db_arg_text(&args,
	    array_text_opt(fields_texts_opt(&f, "evidence", EVIDENCE_MOST, 64),
		&evidence));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "declaration_answer_do", &args);
	fields_free(&f);
	buf_free(&evidence);
	return rc;
}

static int
settle(struct request *req, struct reply *reply, const char *verdict)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "declaration"));
	db_arg_text(&args, verdict);
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	db_arg_bool(&args, fields_bool_opt(&f, "freeze", false));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "declaration_settle_do", &args);
	fields_free(&f);
	return rc;
}

static int
uphold(struct request *req, struct reply *reply)
{
	return settle(req, reply, "uphold");
}

static int
refute(struct request *req, struct reply *reply)
{
	return settle(req, reply, "refute");
}

#define CHALLENGERS (ROLE_SECURITY | ROLE_OFFICER | ROLE_DECIDER | ROLE_AUDITOR)

const struct route declaration_routes[] = {
	{ METHOD_GET, "/v1/declarations", ROLE_ANY, 0, 0, list,
	    "The declarations that the caller may see" },
	{ METHOD_POST, "/v1/declarations", ROLE_SUPPLIER, ROUTE_SIGNED,
	    DECLARATION_MAX + 1024, submit, "Submit a signed declaration" },
	{ METHOD_GET, "/v1/declarations/{declaration}", ROLE_ANY, 0, 0, get,
	    "A declaration with every answer and its signature" },
	{ METHOD_POST, "/v1/declarations/{declaration}/accept", ROLE_OFFICER,
	    ROUTE_SIGNED, 0, accept_, "Put a declaration in force" },
	{ METHOD_POST, "/v1/declarations/{declaration}/withdraw",
	    ROLE_SUPPLIER | ROLE_OFFICER, ROUTE_SIGNED, 0, withdraw,
	    "Withdraw a declaration" },
	{ METHOD_POST, "/v1/declarations/{declaration}/challenge", CHALLENGERS,
	    ROUTE_SIGNED, 0, challenge,
	    "Doubt a declaration in force: downloads stop at once" },
	{ METHOD_POST, "/v1/declarations/{declaration}/answer", ROLE_SUPPLIER,
	    ROUTE_SIGNED, 0, answer, "Answer a challenge, within 30 days" },
	{ METHOD_POST, "/v1/declarations/{declaration}/uphold", ROLE_DECIDER,
	    ROUTE_SIGNED, 0, uphold,
	    "Propose that a challenged declaration holds" },
	{ METHOD_POST, "/v1/declarations/{declaration}/refute", ROLE_DECIDER,
	    ROUTE_SIGNED, 0, refute,
	    "Propose that a challenged declaration is false" },
	ROUTE_END,
};
