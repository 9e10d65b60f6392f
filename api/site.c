/*
 * Sites: where devices are made, accredited scope by scope.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "api/scope.h"
#include "registry/fields.h"

static int
site_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"organisation", "q", NULL };

	return forward_search(req, reply, "site_list", queries);
}

static int
site_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "site_get", "site");
}

static int
site_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf scopes = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "handle"));
	db_arg_text(&args, fields_handle(&f, "organisation"));
	db_arg_text(&args, fields_text(&f, "name", 1, 100));
	db_arg_text(&args, fields_country(&f));
	db_arg_text(&args, fields_text(&f, "address", 1, 300));
	db_arg_text(&args,
	    array_text(fields_words(&f, "scopes", 1, 4, SCOPES), &scopes));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "site_new_do", &args);
	fields_free(&f);
	buf_free(&scopes);
	return rc;
}

/* {scope?, reason} about the site of the path. */
static int
change(
    struct request *req, struct reply *reply, int status, const char *statement)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "site"));
	db_arg_text(&args, fields_word_opt(&f, "scope", SCOPES));
	db_arg_text(&args, fields_text(&f, "reason", 1, 500));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, status, statement, &args);
	fields_free(&f);
	return rc;
}

static int
site_suspend(struct request *req, struct reply *reply)
{
	return change(req, reply, 200, "site_suspend_do");
}

static int
site_withdraw(struct request *req, struct reply *reply)
{
	return change(req, reply, 200, "site_withdraw_do");
}

static int
site_reinstate(struct request *req, struct reply *reply)
{
	return change(req, reply, 202, "site_reinstate_do");
}

#define ONE	"/v1/sites/{site}"
#define CHANGES (ROLE_OFFICER | ROLE_SECURITY)

const struct route site_routes[] = {
	{ METHOD_GET, "/v1/sites", ROLE_ANY, 0, 0, site_list,
	    "The sites that the caller may see" },
	{ METHOD_POST, "/v1/sites", ROLE_OFFICER | ROLE_SUPPLIER, ROUTE_SIGNED,
	    0, site_new, "Register a site and the scopes it applies for" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, site_get,
	    "One site, its scopes and their states, its audits" },
	{ METHOD_POST, ONE "/suspend", CHANGES, ROUTE_SIGNED, 0, site_suspend,
	    "Suspend a scope, or all: what rests on it is suspended too" },
	{ METHOD_POST, ONE "/reinstate", CHANGES, ROUTE_SIGNED, 0,
	    site_reinstate,
	    "Propose to end the suspension; a decider approves" },
	{ METHOD_POST, ONE "/withdraw", CHANGES, ROUTE_SIGNED, 0, site_withdraw,
	    "Withdraw a scope, or all, for good" },
	ROUTE_END,
};
