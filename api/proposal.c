/*
 * Proposals: what waits for a second person, and that person's word.
 */

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"
#include "registry/fields.h"

/* A proposal's number, in decimal. */
static int
take_number(const char *s, struct db_args *args)
{
	int64_t n = 0;
	bool any = *s != '\0';

	for (; *s >= '0' && *s <= '9' && n < INT32_MAX; s++)
		n = n * 10 + (*s - '0');
	if (*s != '\0' || !any)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "a proposal has a number, and this is none");
	db_arg_int(args, n);
	return 0;
}

static int
proposal_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "subject", "before",
		"act", NULL };
	struct db_args number = DB_ARGS_EMPTY;
	char before[16];
	int given = request_query(req, "before", before, sizeof(before));

	if (given == -1 || (given == 1 && take_number(before, &number) == -1))
		return -1;
	return forward_search(req, reply, "proposal_list", queries);
}

static int
proposal_get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (take_number(request_param(req, "proposal"), &args) == -1)
		return -1;
	return forward(req, reply, 200, "proposal_get", &args);
}

static int
proposal_judge(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t terms[32];
	struct fields f;
	int64_t count;
	int rc = -1;

	if (take_number(request_param(req, "proposal"), &args) == -1)
		return -1;
	fields_open(&f, req->body);
	db_arg_text(&args, fields_text(&f, "subject", 1, 79));
	db_arg_text(&args, fields_text(&f, "act", 1, 63));
	forward_hash(&args, &f, "terms_sha256", terms);
	db_arg_text(&args, fields_word(&f, "verdict", "approve|reject"));
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	count = fields_int_opt(&f, "count", 0, INT64_MAX, -1);
	if (count >= 0)
		db_arg_int(&args, count);
	else
		db_arg_null(&args);
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "proposal_judge_do", &args);
	fields_free(&f);
	return rc;
}

static int
proposal_withdraw(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	if (take_number(request_param(req, "proposal"), &args) == -1)
		return -1;
	fields_open(&f, req->body);
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "proposal_withdraw_do", &args);
	fields_free(&f);
	return rc;
}

const struct route proposal_routes[] = {
	{ METHOD_GET, "/v1/proposals", ROLE_BODY, 0, 0, proposal_list,
	    "What was proposed" },
	{ METHOD_GET, "/v1/proposals/{proposal}", ROLE_BODY, 0, 0, proposal_get,
	    "One proposal, with what its proposer signed" },
	{ METHOD_POST, "/v1/proposals/{proposal}/approve",
	    ROLE_DECIDER | ROLE_SECURITY, ROUTE_SIGNED, 0, proposal_judge,
	    "Approve it, or reject it, as a second person; it happens at "
	    "once, or the authority is told to do it" },
	{ METHOD_POST, "/v1/proposals/{proposal}/withdraw",
	    ROLE_OFFICER | ROLE_DECIDER | ROLE_SECURITY, ROUTE_SIGNED, 0,
	    proposal_withdraw, "Withdraw it, by whoever proposed it" },
	ROUTE_END,
};
