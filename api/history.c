/*
 * /v1/history: what was, as of any time, by what was known at any other.
 */

#include "api/forward.h"
#include "api/route.h"

#define SUBJECT_MAX 129
#define TIME_MAX    41

static int
history_get(struct request *req, struct reply *reply)
{
	static const char *const known[] = { "as_of", "known_at", NULL };
	struct db_args args = DB_ARGS_EMPTY;
	char subject[SUBJECT_MAX], as_of[TIME_MAX], known_at[TIME_MAX];
	int a, k;

	if (request_decode(span_str(request_param(req, "subject")), subject,
		sizeof(subject)) == -1 ||
	    request_query_known(req, known) == -1 ||
	    (a = request_query(req, "as_of", as_of, sizeof(as_of))) == -1 ||
	    (k = request_query(req, "known_at", known_at, sizeof(known_at))) ==
		-1)
		return -1;
	db_arg_text(&args, subject);
	db_arg_text(&args, a == 1 ? as_of : NULL);
	db_arg_text(&args, k == 1 ? known_at : NULL);
	return forward(req, reply, 200, "history_answer", &args);
}

const struct route history_routes[] = {
	{ METHOD_GET, "/v1/history/{subject*}", ROLE_ANY, 0, 0, history_get,
	    "What held of a subject, and all that befell it" },
	ROUTE_END,
};
