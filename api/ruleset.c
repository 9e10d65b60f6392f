/*
 * /v1/rulesets: the robustness rules that suppliers declare against.
 */

#include <stdlib.h>
#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"

static int
list(struct request *req, struct reply *reply)
{
	return forward(req, reply, 200, "ruleset_list", NULL);
}

static int
get(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	const char *version = request_param(req, "version");
	size_t n = strspn(version, "0123456789");

	if (n == 0 || n > 6 || version[n] != '\0')
		return err_set_code(ERR_INPUT, "FIELD_MALFORMED",
		    "the version of a rule set is a number");
	db_arg_text(&args, request_param(req, "name"));
	db_arg_int(&args, atoi(version));
	if (forward(req, reply, 200, "ruleset_get", &args) == 0)
		return 0;
	if (err_kind() == ERR_ABSENT)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "there is no version %s of a rule set \"%.40s\"", version,
		    request_param(req, "name"));
	return -1;
}

const struct route ruleset_routes[] = {
	{ METHOD_GET, "/v1/rulesets", ROLE_ANY, 0, 0, list,
	    "The robustness rule sets" },
	{ METHOD_GET, "/v1/rulesets/{name}/{version}", ROLE_ANY, 0, 0, get,
	    "One version of a rule set, with every rule" },
	ROUTE_END,
};
