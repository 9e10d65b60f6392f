/*
 * /v1/measures: freezes and holds.  Imposing one takes two people, or one in
 * an emergency; lifting always takes two.
 */

#include "api/fields.h"
#include "api/forward.h"
#include "api/route.h"

#define KINDS	    "issuance_freeze|download_freeze|hold"
#define SCOPE_KINDS "organisation|site|hardware_platform|model|lot"
#define IMPOSERS    (ROLE_SECURITY | ROLE_DECIDER)

static int
list(struct request *req, struct reply *reply)
{
	return forward(req, reply, 200, "measure_list", NULL);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "measure_get", "measure");
}

static int
impose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_word(&f, "kind", KINDS));
	db_arg_text(&args, fields_word(&f, "scope_kind", SCOPE_KINDS));
	db_arg_text(&args, fields_text(&f, "scope", 1, 40));
	db_arg_text(&args, fields_text(&f, "legal_basis", 1, 500));
	db_arg_bool(&args, fields_bool_opt(&f, "emergency", false));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, "measure_propose_do", &args);
	fields_free(&f);
	return rc;
}

static int
confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "measure"));
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "measure_confirm_do", &args);
	fields_free(&f);
	return rc;
}

static int
lift(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "measure"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "measure_propose_lift_do", &args);
	fields_free(&f);
	return rc;
}

const struct route measure_routes[] = {
	{ METHOD_GET, "/v1/measures", ROLE_ANY, 0, 0, list, "All measures" },
	{ METHOD_POST, "/v1/measures", IMPOSERS, ROUTE_SIGNED, 0, impose,
	    "Propose a measure, or impose it in an emergency" },
	{ METHOD_GET, "/v1/measures/{measure}", ROLE_ANY, 0, 0, get,
	    "A measure and how many devices it hits" },
	{ METHOD_POST, "/v1/measures/{measure}/confirm", IMPOSERS, ROUTE_SIGNED,
	    0, confirm, "Confirm an emergency measure as second person" },
	{ METHOD_POST, "/v1/measures/{measure}/lift", IMPOSERS, ROUTE_SIGNED, 0,
	    lift, "Propose to lift a measure" },
	ROUTE_END,
};
