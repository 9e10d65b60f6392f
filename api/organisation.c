/*
 * Organisations: who takes part.  The body registers them; trust is granted by
 * two people and taken away by one.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define KINDS "supplier|auditor|operator"

static int
organisation_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"kind=body|" KINDS, "q", NULL };

	return forward_search(req, reply, "organisation_list", queries);
}

static int
organisation_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "organisation_get", "organisation");
}

static int
organisation_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf makes = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "handle"));
	db_arg_text(&args, fields_text(&f, "name", 1, 64));
	db_arg_text(&args, fields_country(&f));
	db_arg_text(&args, fields_word(&f, "kind", KINDS));
	db_arg_text(&args,
	    array_text(
		fields_words_opt(&f, "makes", 2, "tre|terminal"), &makes));
	db_arg_bool(&args, fields_bool_opt(&f, "may_platform_only", false));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "organisation_new_do", &args);
	fields_free(&f);
	buf_free(&makes);
	return rc;
}

/* {} and nothing else, about the organisation of the path. */
static int
propose(struct request *req, struct reply *reply, const char *act)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	if (fields_end(&f) == 0) {
		db_arg_text(&args, request_param(req, "organisation"));
		db_arg_text(&args, act);
		rc = forward(req, reply, 202, "organisation_propose_do", &args);
	}
	fields_free(&f);
	return rc;
}

static int
organisation_activate(struct request *req, struct reply *reply)
{
	return propose(req, reply, "organisation_activate");
}

static int
organisation_reinstate(struct request *req, struct reply *reply)
{
	return propose(req, reply, "organisation_reinstate");
}

static int
organisation_suspend(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "organisation_suspend_do", "organisation");
}

static int
organisation_terminate(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "organisation_terminate_do", "organisation");
}

#define ONE "/v1/organisations/{organisation}"

const struct route organisation_routes[] = {
	{ METHOD_GET, "/v1/organisations", ROLE_ANY, 0, 0, organisation_list,
	    "The organisations that the caller may see" },
	{ METHOD_POST, "/v1/organisations", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    organisation_new, "Register an applicant" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, organisation_get,
	    "One organisation, what is proposed on it, and its history" },
	{ METHOD_POST, ONE "/activate", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    organisation_activate,
	    "Propose that the applicant takes part; a decider approves" },
	{ METHOD_POST, ONE "/suspend", ROLE_OFFICER | ROLE_SECURITY,
	    ROUTE_SIGNED, 0, organisation_suspend,
	    "Suspend it: from now on nothing is issued to it" },
	{ METHOD_POST, ONE "/reinstate", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    organisation_reinstate,
	    "Propose to end the suspension; a decider approves" },
	{ METHOD_POST, ONE "/terminate", ROLE_OFFICER | ROLE_SECURITY,
	    ROUTE_SIGNED, 0, organisation_terminate, "End it, for good" },
	ROUTE_END,
};
