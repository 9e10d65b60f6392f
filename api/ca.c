/*
 * CAs: which there are, and the end of one's issuing.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
ca_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"role=root|access|tre|terminal", NULL };

	return forward_search(req, reply, "ca_list", queries);
}

static int
ca_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ca_get", "ca");
}

static int
ca_retire(struct request *req, struct reply *reply)
{
	return forward_reason(req, reply, 202, "ca_propose_retire_do", "ca");
}

static int
ca_destroy_key(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 202, "ca_propose_destroy_key_do", "ca");
}

static int
ca_succeed(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "ca"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	db_arg_text(&args, fields_text_opt(&f, "algorithm", 1, 16));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 202, "ca_propose_succeed_do", &args);
	fields_free(&f);
	return rc;
}

const struct route ca_routes[] = {
	{ METHOD_GET, "/v1/cas", ROLE_ANY, 0, 0, ca_list,
	    "The CAs, those that issue and those that are retired" },
	{ METHOD_GET, "/v1/cas/{ca}", ROLE_ANY, 0, 0, ca_get,
	    "One CA, with its certificate" },
	{ METHOD_POST, "/v1/cas/{ca}/retire", ROLE_SECURITY | ROLE_DECIDER,
	    ROUTE_SIGNED, 0, ca_retire,
	    "Propose that it issues no more; what it has issued stays good" },
	{ METHOD_POST, "/v1/cas/{ca}/succeed", ROLE_SECURITY, ROUTE_SIGNED, 0,
	    ca_succeed,
	    "Propose a new root, with a new key, after this one; a decider "
	    "approves" },
	{ METHOD_POST, "/v1/cas/{ca}/destroy-key", ROLE_SECURITY, ROUTE_SIGNED,
	    0, ca_destroy_key,
	    "Propose that the authority destroys its key, when nobody needs "
	    "it; a decider approves" },
	ROUTE_END,
};
