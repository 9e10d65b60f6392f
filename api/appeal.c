/*
 * Appeals against measures: filed by a supplier (POST .../appeal of the
 * measure), judged by two deciders who had no part in it.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "appeal_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "appeal_get", "appeal");
}

static int
decide(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "appeal"));
	/* says which measure; compared as it was signed */
	(void)fields_text(&f, "measure", 1, 40);
	db_arg_text(&args, fields_word(&f, "verdict", "upheld|dismissed"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc =
		    forward(req, reply, 202, "appeal_propose_decide_do", &args);
	fields_free(&f);
	return rc;
}

static int
withdraw(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "appeal_withdraw_do", "appeal");
}

#define ONE "/v1/appeals/{appeal}"

const struct route appeal_routes[] = {
	{ METHOD_GET, "/v1/appeals", ROLE_ANY, 0, 0, list,
	    "The appeals that the caller may see; ?state=&before=" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, get,
	    "One appeal, its ground and what became of it" },
	{ METHOD_POST, ONE "/decide", ROLE_DECIDER, ROUTE_SIGNED, 0, decide,
	    "Propose to uphold or dismiss it; a second decider approves" },
	{ METHOD_POST, ONE "/withdraw", ROLE_SUPPLIER | ROLE_OFFICER,
	    ROUTE_SIGNED, 0, withdraw, "Withdraw it" },
	ROUTE_END,
};
