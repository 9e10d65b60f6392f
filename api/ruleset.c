/*
 * /v1/rulesets: the robustness rules that suppliers declare against.
 */

#include <stdlib.h>
#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"
#include "registry/fields.h"

static int
list(struct request *req, struct reply *reply)
{
	return forward(req, reply, 200, "ruleset_list", NULL);
}

static int
named(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ruleset_named", "name");
}

/* The two path parameters as arguments. */
static int
name_and_version(struct request *req, struct db_args *args)
{
	const char *version = request_param(req, "version");
	size_t n = strspn(version, "0123456789");

	if (n == 0 || n > 6 || version[n] != '\0')
		return err_set_code(ERR_INPUT, "FIELD_MALFORMED",
		    "the version of a rule set is a number");
	db_arg_text(args, request_param(req, "name"));
	db_arg_int(args, atoi(version));
	return 0;
}

static int
get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;

	if (name_and_version(req, &args) == -1)
		return -1;
	if (forward(req, reply, 200, "ruleset_get", &args) == 0)
		return 0;
	if (err_kind() == ERR_ABSENT)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "there is no version %s of a rule set \"%.40s\"",
		    request_param(req, "version"), request_param(req, "name"));
	return -1;
}

static int
adopt(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	if (name_and_version(req, &args) == -1)
		return -1;
	fields_open(&f, req->body);
	db_arg_int(&args, fields_time(&f, "transition"));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "ruleset_adopt_do", &args);
	fields_free(&f);
	return rc;
}

const struct route ruleset_routes[] = {
	{ METHOD_GET, "/v1/rulesets", ROLE_ANY, 0, 0, list,
	    "The robustness rule sets" },
	{ METHOD_GET, "/v1/rulesets/{name}", ROLE_ANY, 0, 0, named,
	    "Every version of a rule set, and what is proposed on it" },
	{ METHOD_GET, "/v1/rulesets/{name}/{version}", ROLE_ANY, 0, 0, get,
	    "One version of a rule set, with every rule" },
	{ METHOD_POST, "/v1/rulesets/{name}/{version}/adopt", ROLE_DECIDER,
	    ROUTE_SIGNED, 0, adopt,
	    "Propose to adopt a version, with the date of transition to it" },
	ROUTE_END,
};
