/*
 * /v1/external-certificates: certificates of other schemes (Common Criteria,
 * GSMA SAS, ...) that a CoC may rest on.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
external_certificate_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "external_certificate_list");
}

static int
external_certificate_get(struct request *req, struct reply *reply)
{
	return forward_named(
	    req, reply, "external_certificate_get", "external_certificate");
}

static int
scheme_list(struct request *req, struct reply *reply)
{
	return forward(req, reply, 200, "scheme_list", NULL);
}

static int
external_certificate_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_text(&f, "scheme", 2, 40));
	db_arg_text(&args, fields_handle_opt(&f, "model"));
	db_arg_text(&args, fields_handle_opt(&f, "site"));
	db_arg_text(&args, fields_text(&f, "certificate", 1, 100));
	db_arg_text(&args, fields_text(&f, "level", 1, 100));
	db_arg_text(&args, fields_text(&f, "issuer", 1, 100));
	db_arg_int(&args, fields_time(&f, "valid_from"));
	db_arg_int(&args, fields_time(&f, "expires"));
	forward_hash(&args, &f, "evidence", sha256);
	if ((rc = fields_end(&f)) == 0)
		rc = forward(
		    req, reply, 201, "external_certificate_new_do", &args);
	fields_free(&f);
	return rc;
}

static int
external_certificate_accept(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "external_certificate_accept_do",
	    "external_certificate");
}

/* What takes trust away, or doesn't give it, has a reason. */
static int
refuse(struct request *req, struct reply *reply, const char *statement)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "external_certificate"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, statement, &args);
	fields_free(&f);
	return rc;
}

static int
external_certificate_reject(struct request *req, struct reply *reply)
{
	return refuse(req, reply, "external_certificate_reject_do");
}

static int
external_certificate_withdraw(struct request *req, struct reply *reply)
{
	return refuse(req, reply, "external_certificate_withdraw_do");
}

#define ONE "/v1/external-certificates/{external_certificate}"

const struct route external_certificate_routes[] = {
	{ METHOD_GET, "/v1/schemes", ROLE_ANY, 0, 0, scheme_list,
	    "Schemes whose certificates are known here" },
	{ METHOD_GET, "/v1/external-certificates", ROLE_ANY, 0, 0,
	    external_certificate_list,
	    "Certificates of other schemes that the caller may see" },
	{ METHOD_POST, "/v1/external-certificates",
	    ROLE_SUPPLIER | ROLE_OFFICER, ROUTE_SIGNED, 0,
	    external_certificate_new, "Enter a certificate of another scheme" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, external_certificate_get,
	    "A certificate of another scheme, and what became of it" },
	{ METHOD_POST, ONE "/accept", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    external_certificate_accept,
	    "Accept what somebody else has entered" },
	{ METHOD_POST, ONE "/reject", ROLE_OFFICER, ROUTE_SIGNED, 0,
	    external_certificate_reject,
	    "Reject what somebody else has entered, and say why" },
	{ METHOD_POST, ONE "/withdraw",
	    ROLE_SUPPLIER | ROLE_OFFICER | ROLE_SECURITY, ROUTE_SIGNED, 0,
	    external_certificate_withdraw,
	    "It no longer holds: what rests on it is judged again" },
	ROUTE_END,
};
