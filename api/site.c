/*
 * Sites: where devices are made, accredited scope by scope.
 */

#include "api/array.h"
#include "api/fields.h"
#include "api/forward.h"
#include "api/route.h"

static int
site_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "site_list");
}

static int
site_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "site_get", "site");
}

static int
site_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf scopes = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "handle"));
	db_arg_text(&args, fields_handle(&f, "organisation"));
	db_arg_text(&args, fields_text(&f, "name", 1, 100));
	db_arg_text(&args, fields_text(&f, "country", 2, 2));
	db_arg_text(&args, fields_text(&f, "address", 1, 300));
	db_arg_text(
	    &args, array_text(fields_texts(&f, "scopes", 1, 4, 32), &scopes));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "site_new_do", &args);
	fields_free(&f);
	buf_free(&scopes);
	return rc;
}

const struct route site_routes[] = {
	{ METHOD_GET, "/v1/sites", ROLE_ANY, 0, 0, site_list,
	    "The sites that the caller may see" },
	{ METHOD_POST, "/v1/sites", ROLE_OFFICER | ROLE_SUPPLIER, ROUTE_SIGNED,
	    0, site_new, "Register a site and the scopes it applies for" },
	{ METHOD_GET, "/v1/sites/{site}", ROLE_ANY, 0, 0, site_get,
	    "One site, its scopes and their states, its audits" },
	ROUTE_END,
};
