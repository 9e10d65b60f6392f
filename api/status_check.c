/*
 * GET /v1/status/check: what the register says of certificates, for whoever
 * compares it with what the world is told.
 */

#include "api/forward.h"
#include "api/route.h"

static int
check(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "sample", "after", "only",
		NULL };

	return forward_search(req, reply, "status_check_do", queries);
}

const struct route status_check_routes[] = {
	{ METHOD_GET, "/v1/status/check", ROLE_BODY, 0, 0, check,
	    "What the register says of certificates, to compare with what the "
	    "world is told; ?sample=&after=&only=" },
	ROUTE_END,
};
