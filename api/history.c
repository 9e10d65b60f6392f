/*
 * /v1/history: what was, as of any time, by what was known at any other.
 */

#include "api/history.h"
#include "api/forward.h"
#include "api/route.h"

int
history_question_read(
    struct request *req, struct history_question *q, struct db_args *args)
{
	static const char *const known[] = { "as_of", "known_at", NULL };
	int a, k;

	if (request_decode(span_str(request_param(req, "subject")), q->subject,
		sizeof(q->subject)) == -1 ||
	    request_query_known(req, known) == -1 ||
	    (a = request_query(req, "as_of", q->as_of, sizeof(q->as_of))) ==
		-1 ||
	    (k = request_query(
		 req, "known_at", q->known_at, sizeof(q->known_at))) == -1)
		return -1;
	db_arg_text(args, q->subject);
	db_arg_text(args, a == 1 ? q->as_of : NULL);
	db_arg_text(args, k == 1 ? q->known_at : NULL);
	return 0;
}

static int
history_get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct history_question q;

	if (history_question_read(req, &q, &args) == -1)
		return -1;
	return forward(req, reply, 200, "history_answer", &args);
}

const struct route history_routes[] = {
	{ METHOD_GET, "/v1/history/{subject*}", ROLE_ANY, 0, 0, history_get,
	    "What held of a subject, and all that befell it" },
	ROUTE_END,
};
