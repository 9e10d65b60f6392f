/*
 * /v1/rebindings: terminals that go on with another TrE after a repair.  The
 * supplier asks, an officer proposes, a decider approves; the certificate then
 * comes by a lot.
 */

#include "api/forward.h"
#include "api/route.h"
#include "issue/manifest.h"
#include "registry/fields.h"

static int
rebinding_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "rebinding_list");
}

static int
rebinding_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "rebinding_get", "rebinding");
}

static const char *
device_id(struct fields *f, const char *name)
{
	const char *id = fields_text(f, name, 4, 32);

	if (id != NULL && !manifest_id_ok(span_str(id)))
		fields_refuse(f, name,
		    "must be the id of a device: 4 to 32 of A-Z, 0-9, '.' and "
		    "'-'");
	return id;
}

static int
rebinding_request(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t evidence[32];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, device_id(&f, "terminal"));
	db_arg_text(&args, device_id(&f, "tre"));
	forward_hash(&args, &f, "evidence", evidence);
	db_arg_text(&args, fields_text(&f, "reason", 1, 500));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "rebinding_request_do", &args);
	fields_free(&f);
	return rc;
}

static int
rebinding_propose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t evidence[32];
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "rebinding"));
	db_arg_text(&args, device_id(&f, "terminal"));
	db_arg_text(&args, device_id(&f, "tre"));
	forward_hash(&args, &f, "evidence", evidence);
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 202, "rebinding_propose_do", &args);
	fields_free(&f);
	return rc;
}

#define ONE   "/v1/rebindings/{rebinding}"
#define SEERS (ROLE_BODY | ROLE_SUPPLIER | ROLE_AUDITOR)

const struct route rebinding_routes[] = {
	{ METHOD_GET, "/v1/rebindings", SEERS, 0, 0, rebinding_list,
	    "The rebindings that the caller may see" },
	{ METHOD_POST, "/v1/rebindings", ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    rebinding_request,
	    "Ask that a terminal may go on with another TrE after a repair" },
	{ METHOD_GET, ONE, SEERS, 0, 0, rebinding_get,
	    "One rebinding, what is proposed on it, its history" },
	{ METHOD_POST, ONE "/propose", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    rebinding_propose,
	    "Propose to allow it; a decider approves, and a lot may hold it" },
	ROUTE_END,
};
