/*
 * /v1/findings: what auditors found, what the supplier says to it, and who
 * accepts that.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "api/scope.h"
#include "registry/fields.h"

#define SEVERITIES    "observation|minor|major|critical"
#define EVIDENCE_MOST 100

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "finding_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "finding_get", "finding");
}

/* What was found, behind what it is about. */
static void
take_finding(struct fields *f, struct db_args *args)
{
	db_arg_text(args, fields_word(f, "scope", SCOPES));
	db_arg_text(args, fields_word(f, "severity", SEVERITIES));
	db_arg_text(args, fields_text_opt(f, "rule", 1, 32));
	db_arg_text(args, fields_text(f, "text", 1, 4000));
}

static int new (struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_text(&f, "audit", 1, 40));
	take_finding(&f, &args);
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, "finding_new_do", &args);
	fields_free(&f);
	return rc;
}

static int
amend(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "finding"));
	take_finding(&f, &args);
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "finding_amend_do", &args);
	fields_free(&f);
	return rc;
}

static int
respond(struct request *req, struct reply *reply)
{
	return forward_claim(
	    req, reply, "finding_respond_do", "finding", "text");
}

static int
plan(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "finding"));
	db_arg_text(&args, fields_text(&f, "text", 1, 4000));
	db_arg_text(&args, fields_date(&f, "day"));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "finding_plan_do", &args);
	fields_free(&f);
	return rc;
}

static int
judge_plan(struct request *req, struct reply *reply, const char *verdict)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "finding"));
	db_arg_text(&args, verdict);
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "finding_judge_plan_do", &args);
	fields_free(&f);
	return rc;
}

static int
accept_plan(struct request *req, struct reply *reply)
{
	return judge_plan(req, reply, "accepted");
}

static int
reject_plan(struct request *req, struct reply *reply)
{
	return judge_plan(req, reply, "rejected");
}

static int
close_it(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf evidence = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "finding"));
	db_arg_text(&args,
	    array_text(
		fields_hashes(&f, "evidence", 1, EVIDENCE_MOST), &evidence));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "finding_close_do", &args);
	fields_free(&f);
	buf_free(&evidence);
	return rc;
}

#define ONE    "/v1/findings/{finding}"
#define JUDGES (ROLE_AUDITOR | ROLE_OFFICER)

const struct route finding_routes[] = {
	{ METHOD_GET, "/v1/findings", ROLE_ANY, 0, 0, list,
	    "The findings that the caller may see" },
	{ METHOD_POST, "/v1/findings", ROLE_AUDITOR, ROUTE_SIGNED, 0, new,
	    "Record what was found in an audit that is in progress" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, get,
	    "A finding, what was said to it, its history" },
	{ METHOD_POST, ONE "/amend", ROLE_AUDITOR, ROUTE_SIGNED, 0, amend,
	    "Record it otherwise, before the report is confirmed" },
	{ METHOD_POST, ONE "/respond", ROLE_SUPPLIER, ROUTE_SIGNED, 0, respond,
	    "Answer it, with evidence" },
	{ METHOD_POST, ONE "/plan", ROLE_SUPPLIER, ROUTE_SIGNED, 0, plan,
	    "Propose what will be done, and by when" },
	{ METHOD_POST, ONE "/accept-plan", JUDGES, ROUTE_SIGNED, 0, accept_plan,
	    "Accept the plan" },
	{ METHOD_POST, ONE "/reject-plan", JUDGES, ROUTE_SIGNED, 0, reject_plan,
	    "Reject the plan, and say why" },
	{ METHOD_POST, ONE "/close", JUDGES, ROUTE_SIGNED, 0, close_it,
	    "It is mended, as accepted evidence shows" },
	ROUTE_END,
};
