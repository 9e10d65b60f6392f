/*
 * /v1/cocs: certificates of conformity.  A decider proposes; another one
 * approves the proposal (api/proposal.c).
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"kind=hardware_platform|tre|terminal", "model", "organisation",
		NULL };

	return forward_search(req, reply, "coc_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "coc_get", "coc");
}

static int
why(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "coc_why", "coc");
}

/* What becomes of devices that exist; the database keeps the floor. */
#define EFFECTS "permit|permit_if_issued_before|hold|refuse"

static int
propose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf external = BUF_EMPTY;
	struct fields f;
	int64_t grace;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "model"));
	db_arg_int(&args, fields_int(&f, "level", 1, 4));
	db_arg_text(&args, fields_handle_opt(&f, "site"));
	db_arg_text(&args, fields_text_opt(&f, "declaration", 1, 32));
	db_arg_int(&args, fields_int(&f, "quota", 0, 1000000000));
	db_arg_int(&args, fields_int(&f, "valid_days", 1, 1830));
	db_arg_text(&args, fields_word_opt(&f, "on_expired", EFFECTS));
	db_arg_text(&args, fields_word_opt(&f, "on_suspended", EFFECTS));
	if ((grace = fields_int_opt(&f, "grace_days", 0, 365, -1)) >= 0)
		db_arg_int(&args, grace);
	else
		db_arg_null(&args);
	db_arg_text(&args,
	    array_text_opt(
		fields_texts_opt(&f, "external_certificates", 32, 32),
		&external));
	db_arg_text(&args, fields_text_opt(&f, "instead_of", 1, 32));
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, "coc_propose_do", &args);
	fields_free(&f);
	buf_free(&external);
	return rc;
}

static int
change(struct request *req, struct reply *reply, const char *verb)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "coc"));
	db_arg_text(&args, verb);
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "coc_propose_change_do", &args);
	fields_free(&f);
	return rc;
}

static int
suspend(struct request *req, struct reply *reply)
{
	return change(req, reply, "suspend");
}

static int
reinstate(struct request *req, struct reply *reply)
{
	return change(req, reply, "reinstate");
}

static int
withdraw(struct request *req, struct reply *reply)
{
	return change(req, reply, "withdraw");
}

const struct route coc_routes[] = {
	{ METHOD_GET, "/v1/cocs", ROLE_ANY, 0, 0, list,
	    "The certificates of conformity that the caller may see" },
	{ METHOD_POST, "/v1/cocs", ROLE_DECIDER, ROUTE_SIGNED, 0, propose,
	    "Propose to certify a model" },
	{ METHOD_GET, "/v1/cocs/{coc}", ROLE_ANY, 0, 0, get,
	    "A CoC: what it rests on, what it lacks, what became of it" },
	{ METHOD_GET, "/v1/cocs/{coc}/why", ROLE_ANY, 0, 0, why,
	    "The tree of what a CoC rests on, and what will fell it first" },
	{ METHOD_POST, "/v1/cocs/{coc}/suspend", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    suspend, "Propose to suspend a CoC, and what stands on it" },
	{ METHOD_POST, "/v1/cocs/{coc}/reinstate", ROLE_DECIDER, ROUTE_SIGNED,
	    0, reinstate, "Propose to reinstate a suspended CoC" },
	{ METHOD_POST, "/v1/cocs/{coc}/withdraw", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    withdraw, "Propose to withdraw a CoC for ever" },
	ROUTE_END,
};
