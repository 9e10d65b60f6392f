/*
 * /v1/disputes: who should have a device.  Whoever was refused it opens one,
 * whoever has it answers, the body decides.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define TEXT_MOST 1000

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "dispute_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "dispute_get", "dispute");
}

/* A decision's id, which the list of decisions has. */
static const char *
decision(struct fields *f)
{
	const char *s = fields_text(f, "decision", 1, 64);

	if (s != NULL &&
	    (strlen(s) != 36 || strspn(s, "0123456789abcdef-") != 36))
		fields_refuse(f, "decision",
		    "must be the id of a decision, such as "
		    "01a21deb-ac10-75f4-8479-e24786ec6a37, not \"%s\"",
		    s);
	return s;
}

static int
begin(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, decision(&f));
	db_arg_text(&args, fields_text(&f, "ground", 1, TEXT_MOST));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, "dispute_begin_do", &args);
	fields_free(&f);
	return rc;
}

static int
answer(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "dispute"));
	db_arg_text(&args, fields_text(&f, "answer", 1, TEXT_MOST));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "dispute_answer_do", &args);
	fields_free(&f);
	return rc;
}

static int
withdraw(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "dispute_withdraw_do", "dispute");
}

static int
decide(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "dispute"));
	db_arg_text(
	    &args, fields_word(&f, "verdict", "awarded|released|dismissed"));
	db_arg_text(&args, fields_handle_opt(&f, "operator"));
	db_arg_text(&args, fields_text(&f, "reason", 1, TEXT_MOST));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "dispute_propose_do", &args);
	fields_free(&f);
	return rc;
}

#define ONE "/v1/disputes/{dispute}"

const struct route dispute_routes[] = {
	{ METHOD_GET, "/v1/disputes", ROLE_OPERATOR | ROLE_BODY, 0, 0, list,
	    "The disputes that the caller is a side of" },
	{ METHOD_POST, "/v1/disputes", ROLE_OPERATOR, ROUTE_SIGNED, 0, begin,
	    "Dispute that another operator has a device" },
	{ METHOD_GET, ONE, ROLE_OPERATOR | ROLE_BODY, 0, 0, get,
	    "One dispute and what is proposed on it" },
	{ METHOD_POST, ONE "/answer", ROLE_OPERATOR, ROUTE_SIGNED, 0, answer,
	    "Answer, by whoever has the device" },
	{ METHOD_POST, ONE "/withdraw", ROLE_OPERATOR, ROUTE_SIGNED, 0,
	    withdraw, "Withdraw it, by whoever has opened it" },
	{ METHOD_POST, ONE "/decide", ROLE_DECIDER, ROUTE_SIGNED, 0, decide,
	    "Propose to whom the device goes; another decider approves" },
	ROUTE_END,
};
