/*
 * /v1/notices: what the caller's organisation must hear of.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "api/topic.h"
#include "base/err.h"

/* A notice's number out of the query, into text or NULL. */
static int
number(struct request *req, const char *name, char text[20], const char **out)
{
	int there = request_query(req, name, text, 20);

	*out = there == 1 ? text : NULL;
	if (there == -1)
		return -1;
	if (there == 1 &&
	    (text[0] == '\0' || strlen(text) > 18 ||
		strspn(text, "0123456789") != strlen(text)))
		return err_set_code(ERR_INPUT, "NOTICE_NUMBER",
		    "%s: must be a notice's number, such as 42", name);
	return 0;
}

static int
list(struct request *req, struct reply *reply)
{
	static const char *const known[] = { "after", "before", "topic", NULL };
	struct db_args args = DB_ARGS_EMPTY;
	char after[20], before[20], topic[65];
	const char *a, *b;
	int t;

	if (request_query_known(req, known) == -1 ||
	    number(req, "after", after, &a) == -1 ||
	    number(req, "before", before, &b) == -1 ||
	    (t = request_query(req, "topic", topic, sizeof(topic))) == -1)
		return -1;
	if (t == 1 && topic_check(topic, "topic", "QUERY_VALUE") == -1)
		return -1;
	db_arg_text(&args, a);
	db_arg_text(&args, b);
	db_arg_text(&args, t == 1 ? topic : NULL);
	return forward(req, reply, 200, "notice_list", &args);
}

const struct route notice_routes[] = {
	{ METHOD_GET, "/v1/notices", ROLE_ANY, 0, 0, list,
	    "Notices to the caller's organisation, 100 at a time" },
	ROUTE_END,
};
