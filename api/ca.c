/*
 * CAs: which there are, and the end of one's issuing.
 */

#include "api/forward.h"
#include "api/route.h"

static int
ca_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "role",
		NULL };

	return forward_search(req, reply, "ca_list", queries);
}

static int
ca_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ca_get", "ca");
}

static int
ca_retire(struct request *req, struct reply *reply)
{
	return forward_reason(req, reply, 202, "ca_propose_retire_do", "ca");
}

const struct route ca_routes[] = {
	{ METHOD_GET, "/v1/cas", ROLE_ANY, 0, 0, ca_list,
	    "The CAs, those that issue and those that are retired" },
	{ METHOD_GET, "/v1/cas/{ca}", ROLE_ANY, 0, 0, ca_get,
	    "One CA, with its certificate" },
	{ METHOD_POST, "/v1/cas/{ca}/retire", ROLE_SECURITY | ROLE_DECIDER,
	    ROUTE_SIGNED, 0, ca_retire,
	    "Propose that it issues no more; what it has issued stays good" },
	ROUTE_END,
};
