/*
 * Corrections: a supplier reports one (POST .../correct of the measure), an
 * officer confirms it and with that proposes to lift the measure.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "correction_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "correction_get", "correction");
}

static int
confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "correction"));
	/* says which measure; compared as it was signed */
	(void)fields_text(&f, "measure", 1, 40);
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "correction_confirm_do", &args);
	fields_free(&f);
	return rc;
}

static int
reject(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "correction_reject_do", "correction");
}

#define ONE "/v1/corrections/{correction}"

const struct route correction_routes[] = {
	{ METHOD_GET, "/v1/corrections", ROLE_ANY, 0, 0, list,
	    "The corrections that the caller may see; ?state=&before=" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, get,
	    "One correction, its evidence and what became of it" },
	{ METHOD_POST, ONE "/confirm", ROLE_OFFICER, ROUTE_SIGNED, 0, confirm,
	    "Confirm it, and with that propose to lift the measure" },
	{ METHOD_POST, ONE "/reject", ROLE_OFFICER, ROUTE_SIGNED, 0, reject,
	    "Say that it is not done" },
	ROUTE_END,
};
