/*
 * Restores: that the database was put back to an earlier moment, what is known
 * better, and the two people who resolve it.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define COUNT_MOST 9223372036854775807LL

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "restore_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "restore_get", "restore");
}

static int
resolve(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf disbelieve = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "restore"));
	db_arg_int(&args, fields_int(&f, "event", 0, COUNT_MOST));
	db_arg_int(&args, fields_int(&f, "claims", 0, COUNT_MOST));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	db_arg_text(&args,
	    array_text_opt(
		fields_texts_opt(&f, "disbelieve", 32, 32), &disbelieve));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(
		    req, reply, 202, "restore_propose_resolve_do", &args);
	fields_free(&f);
	buf_free(&disbelieve);
	return rc;
}

#define ONE "/v1/restores/{restore}"

const struct route restore_routes[] = {
	{ METHOD_GET, "/v1/restores", ROLE_BODY, 0, 0, list,
	    "When the database knew less than the world; ?state=&before=" },
	{ METHOD_GET, ONE, ROLE_BODY, 0, 0, get,
	    "One of these: what is missing, and what is known better" },
	{ METHOD_POST, ONE "/resolve", ROLE_SECURITY, ROUTE_SIGNED, 0, resolve,
	    "Propose to go on, with what is known better put back; a decider "
	    "approves" },
	ROUTE_END,
};
