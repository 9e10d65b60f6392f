/*
 * /v1/devices: what the register holds of one device.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"

static int
device_get(struct request *req, struct reply *reply)
{
	const char *kind = request_param(req, "kind");
	struct db_args args = DB_ARGS_EMPTY;

	if (strcmp(kind, "tre") != 0 && strcmp(kind, "terminal") != 0)
		return err_set_code(ERR_ABSENT, "DEVICE_KIND",
		    "devices are of the kind tre or terminal");
	db_arg_text(&args, kind);
	db_arg_text(&args, request_param(req, "id"));
	return forward(req, reply, 200, "device_one", &args);
}

const struct route device_routes[] = {
	{ METHOD_GET, "/v1/devices/{kind}/{id}",
	    ROLE_BODY | ROLE_SUPPLIER | ROLE_OPERATOR, 0, 0, device_get,
	    "One device: state, binding, certificates" },
	ROUTE_END,
};
