/*
 * Audits: planned by an officer, reported by two auditors, decided by two
 * deciders, none of whom audited.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "api/scope.h"
#include "registry/fields.h"

#define TYPES "dry|wet|renewal|repeat|extraordinary"

static int
audit_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"organisation", "site", "type=" TYPES, NULL };

	return forward_search(req, reply, "audit_list", queries);
}

static int
audit_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "audit_get", "audit");
}

static int
audit_plan(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf scopes = BUF_EMPTY, auditors = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "site"));
	db_arg_text(&args, fields_word(&f, "type", TYPES));
	db_arg_text(&args,
	    array_text(fields_words(&f, "scopes", 1, 4, SCOPES), &scopes));
	db_arg_text(&args,
	    array_text(fields_texts(&f, "auditors", 2, 2, 40), &auditors));
	db_arg_text(&args, fields_date(&f, "planned"));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "audit_plan_do", &args);
	fields_free(&f);
	buf_free(&auditors);
	buf_free(&scopes);
	return rc;
}

static int
audit_start(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "audit_start_do", "audit");
}

/* What both auditors say, each for themselves. */
static void
put_outcome(struct request *req, struct fields *f, struct db_args *args,
    uint8_t sha256[32])
{
	db_arg_text(args, request_param(req, "audit"));
	db_arg_text(args, fields_word(f, "result", "compliant|non_compliant"));
	db_arg_time(args, fields_time(f, "ended"));
	forward_hash(args, f, "report", sha256);
}

static int
audit_confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	put_outcome(req, &f, &args, sha256);
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "audit_confirm_do", &args);
	fields_free(&f);
	return rc;
}

static int
audit_cancel(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "audit_cancel_do", "audit");
}

#define EVIDENCE_MOST 100

static int
audit_report(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf evidence = BUF_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	put_outcome(req, &f, &args, sha256);
	db_arg_text(&args,
	    array_text(
		fields_hashes(&f, "evidence", 0, EVIDENCE_MOST), &evidence));
	db_arg_text(&args, fields_text(&f, "summary", 1, 4000));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "audit_report_do", &args);
	fields_free(&f);
	buf_free(&evidence);
	return rc;
}

static int
audit_decide(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "audit"));
	db_arg_text(
	    &args, fields_word(&f, "result", "compliant|non_compliant"));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 202, "audit_decide_do", &args);
	fields_free(&f);
	return rc;
}

#define ONE "/v1/audits/{audit}"

const struct route audit_routes[] = {
	{ METHOD_GET, "/v1/audits", ROLE_ANY, 0, 0, audit_list,
	    "The audits that the caller may see" },
	{ METHOD_POST, "/v1/audits", ROLE_OFFICER, ROUTE_SIGNED, 0, audit_plan,
	    "Plan an audit by two auditors" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, audit_get,
	    "One audit, its report, its findings, what is proposed on it" },
	{ METHOD_POST, ONE "/start", ROLE_AUDITOR, ROUTE_SIGNED, 0, audit_start,
	    "It has begun" },
	{ METHOD_POST, ONE "/report", ROLE_AUDITOR, ROUTE_SIGNED, 0,
	    audit_report, "File the report" },
	{ METHOD_POST, ONE "/confirm", ROLE_AUDITOR, ROUTE_SIGNED, 0,
	    audit_confirm,
	    "The other auditor stands behind the report: it is immutable now" },
	{ METHOD_POST, ONE "/decide", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    audit_decide, "Propose the decision; a second decider approves" },
	{ METHOD_POST, ONE "/cancel", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    audit_cancel, "Cancel it" },
	ROUTE_END,
};
