/*
 * GET /v1/health: does the way from here to the record work?
 */

#include "api/route.h"
#include "db/conn.h"

static int
health(struct request *req, struct reply *reply)
{
	struct buf text = BUF_EMPTY;
	int rc = db_call_json(req->db, "health", NULL, &text);

	if (rc == 0)
		reply_json(reply, 200, buf_str(&text));
	buf_free(&text);
	return rc;
}

const struct route health_routes[] = {
	{ METHOD_GET, "/v1/health", 0, ROUTE_PUBLIC, 0, health,
	    "Whether the server and its database work" },
	ROUTE_END,
};
