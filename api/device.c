/*
 * /v1/devices: what the register holds, and what befalls a device.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"
#include "registry/fields.h"

/* Kind and id of the path. */
static int
name_args(struct request *req, struct db_args *args)
{
	const char *kind = request_param(req, "kind");

	if (strcmp(kind, "tre") != 0 && strcmp(kind, "terminal") != 0)
		return err_set_code(ERR_ABSENT, "DEVICE_KIND",
		    "devices are of the kind tre or terminal");
	db_arg_text(args, kind);
	db_arg_text(args, request_param(req, "id"));
	return 0;
}

static int
device_get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (name_args(req, &args) == -1)
		return -1;
	return forward(req, reply, 200, "device_one", &args);
}

/* {reason} about the device of the path. */
static int
change(
    struct request *req, struct reply *reply, int status, const char *statement)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	if (name_args(req, &args) == -1)
		return -1;
	fields_open(&f, req->body);
	db_arg_text(&args, fields_text(&f, "reason", 1, 500));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, status, statement, &args);
	fields_free(&f);
	return rc;
}

static int
device_quarantine(struct request *req, struct reply *reply)
{
	return change(req, reply, 200, "device_quarantine_do");
}

static int
device_release(struct request *req, struct reply *reply)
{
	return change(req, reply, 202, "device_release_do");
}

static int
device_retire(struct request *req, struct reply *reply)
{
	return change(req, reply, 200, "device_retire_do");
}

#define KINDS "tre|terminal"

/*
 * Newest first; of a lot; or, when a prefix is given, in the order of the ids,
 * where "before" names the last one that the caller has, as everywhere.
 */
static int
device_list(struct request *req, struct reply *reply)
{
	static const char *const newest[] = { "state", "before", "kind=" KINDS,
		"model", NULL };
	static const char *const of_lot[] = { "state", "before", "lot", NULL };
	static const char *const search[] = { "prefix", "before", "kind=" KINDS,
		NULL };
	char text[128];
	int lot = request_query(req, "lot", text, sizeof(text));
	int prefix = request_query(req, "prefix", text, sizeof(text));

	if (lot == -1 || prefix == -1)
		return -1;
	if (lot == 1)
		return forward_search(req, reply, "device_of_lot", of_lot);
	if (prefix == 1)
		return forward_search(req, reply, "device_search", search);
	return forward_search(req, reply, "device_list", newest);
}

#define READERS (ROLE_BODY | ROLE_SUPPLIER)
#define ONE	"/v1/devices/{kind}/{id}"

const struct route device_routes[] = {
	{ METHOD_GET, "/v1/devices", READERS, 0, 0, device_list,
	    "The devices that the caller may see" },
	{ METHOD_GET, ONE, READERS | ROLE_OPERATOR, 0, 0, device_get,
	    "One device: state, binding, certificates" },
	{ METHOD_POST, ONE "/quarantine", ROLE_SECURITY, ROUTE_SIGNED, 0,
	    device_quarantine, "Quarantine it: no decision permits it" },
	{ METHOD_POST, ONE "/release", ROLE_SECURITY, ROUTE_SIGNED, 0,
	    device_release,
	    "Propose to release it from quarantine; a second person approves" },
	{ METHOD_POST, ONE "/retire", ROLE_SUPPLIER | ROLE_OFFICER,
	    ROUTE_SIGNED, 0, device_retire,
	    "Scrapped: it and its certificates end, for good" },
	ROUTE_END,
};
