/*
 * /v1/custody: whose subscription is in a device.  An operator confirms what it
 * was permitted, shortens a lock, gives a device up.
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define LETTERS                                                                \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "device",
		"operator", NULL };

	return forward_search(req, reply, "custody_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "custody_get", "custody");
}

/* The operator's own; what could be a subscriber's number is none. */
static const char *
reference(struct fields *f)
{
	const char *s = fields_text(f, "reference", 1, 64);

	if (s == NULL)
		return NULL;
	if (strspn(s, LETTERS) != strlen(s) || strchr("._-", s[0]) != NULL)
		fields_refuse(f, "reference",
		    "must be letters, digits, '.', '_' and '-', of which the "
		    "first is a letter or a digit");
	else if (strlen(s) >= 10 && strspn(s, "0123456789") == strlen(s))
		fields_refuse(f, "reference",
		    "must not be ten digits and more, which could be a "
		    "subscriber's number: give one of your own making");
	return s;
}

static int
confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int64_t until;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "decision"));
	db_arg_text(&args, reference(&f));
	until = fields_time_opt(&f, "locked_until", 0);
	if (until != 0)
		db_arg_time(&args, until);
	else
		db_arg_null(&args);
	if ((rc = fields_end(&f)) == 0 &&
	    (rc = request_param_uuid(req, "decision")) == 0)
		rc = forward(req, reply, 200, "decision_confirm_do", &args);
	fields_free(&f);
	return rc;
}

static int
release(struct request *req, struct reply *reply)
{
	return request_param_uuid(req, "custody") == -1
	    ? -1
	    : forward_reason(req, reply, 200, "custody_release_do", "custody");
}

static int
lock(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "custody"));
	db_arg_time(&args, fields_time(&f, "locked_until"));
	if ((rc = fields_end(&f)) == 0 &&
	    (rc = request_param_uuid(req, "custody")) == 0)
		rc = forward(req, reply, 200, "custody_lock_do", &args);
	fields_free(&f);
	return rc;
}

static int
release_all(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 202, "custody_release_propose_do", "organisation");
}

#define ONE "/v1/custody/{custody}"

const struct route custody_routes[] = {
	{ METHOD_POST, "/v1/decisions/{decision}/confirm", ROLE_OPERATOR,
	    ROUTE_SIGNED, 0, confirm, "Say that what was permitted was done" },
	{ METHOD_GET, "/v1/custody", ROLE_OPERATOR | ROLE_BODY, 0, 0, list,
	    "The devices that are or were in the caller's custody" },
	{ METHOD_GET, ONE, ROLE_OPERATOR | ROLE_BODY, 0, 0, get,
	    "One custody and its history" },
	{ METHOD_POST, ONE "/release", ROLE_OPERATOR, ROUTE_SIGNED, 0, release,
	    "Give a device up: then no consent is needed" },
	{ METHOD_POST, ONE "/lock", ROLE_OPERATOR, ROUTE_SIGNED, 0, lock,
	    "Let a lock end earlier" },
	{ METHOD_POST, "/v1/organisations/{organisation}/release-custody",
	    ROLE_OFFICER, ROUTE_SIGNED, 0, release_all,
	    "Propose that an operator that is no more gives up its devices" },
	ROUTE_END,
};
