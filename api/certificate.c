/*
 * Certificates: what is known of one, and what a security officer does to it.
 */

#include "api/route.h"
#include "db/conn.h"
#include "registry/fields.h"

static int
reply_with(struct request *req, struct reply *reply, int status,
    const char *statement, const struct db_args *args)
{
	struct buf json = BUF_EMPTY;
	int rc;

	rc = db_call_json(req->db, statement, args, &json);
	if (rc == 0)
		reply_json(reply, status, buf_str(&json));
	buf_free(&json);
	return rc;
}

static int
certificate_get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_text(&args, request_param(req, "certificate"));
	return reply_with(req, reply, 200, "certificate_get", &args);
}

static int
certificate_revoke(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	const char *reason;
	struct fields f;
	int64_t when;
	int rc = -1;

	fields_open(&f, req->body);
	reason = fields_text(&f, "reason", 1, 32);
	when = fields_time_opt(&f, "invalidity_date", INT64_MIN);
	if (fields_end(&f) == -1)
		goto out;
	db_arg_text(&args, request_param(req, "certificate"));
	db_arg_text(&args, reason);
	if (when == INT64_MIN)
		db_arg_null(&args);
	else
		db_arg_time(&args, when);
	rc = reply_with(req, reply, 200, "certificate_revoke_do", &args);
out:
	fields_free(&f);
	return rc;
}

/* A hold and a release's proposal: the certificate and one text. */
static int
act_with_text(struct request *req, struct reply *reply, const char *name,
    int status, const char *statement)
{
	struct db_args args = DB_ARGS_EMPTY;
	const char *text;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	text = fields_text(&f, name, 1, 500);
	if (fields_end(&f) == -1)
		goto out;
	db_arg_text(&args, request_param(req, "certificate"));
	db_arg_text(&args, text);
	rc = reply_with(req, reply, status, statement, &args);
out:
	fields_free(&f);
	return rc;
}

static int
certificate_hold(struct request *req, struct reply *reply)
{
	return act_with_text(
	    req, reply, "legal_basis", 200, "certificate_hold_do");
}

static int
certificate_release(struct request *req, struct reply *reply)
{
	return act_with_text(
	    req, reply, "reason", 202, "certificate_release_do");
}

const struct route certificate_routes[] = {
	{ METHOD_GET, "/v1/certificates/{certificate}", ROLE_ANY, 0, 0,
	    certificate_get, "One certificate and its status" },
	{ METHOD_POST, "/v1/certificates/{certificate}/revoke", ROLE_SECURITY,
	    ROUTE_SIGNED, 0, certificate_revoke, "Revoke it, for good" },
	{ METHOD_POST, "/v1/certificates/{certificate}/hold", ROLE_SECURITY,
	    ROUTE_SIGNED, 0, certificate_hold, "Put it on hold" },
	{ METHOD_POST, "/v1/certificates/{certificate}/release", ROLE_SECURITY,
	    ROUTE_SIGNED, 0, certificate_release,
	    "Propose to release it; a second person approves" },
	ROUTE_END,
};
