/*
 * /v1/models: hardware platforms, TrE models and terminal models.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define KINDS "hardware_platform|tre|terminal"

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "kind=" KINDS,
		"organisation", "q", NULL };

	return forward_search(req, reply, "model_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "model_get", "model");
}

static int
ruleset(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ruleset_for_model", "model");
}

static int
create(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf tacs = BUF_EMPTY, contains = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "handle"));
	db_arg_text(&args, fields_word(&f, "kind", KINDS));
	db_arg_text(&args, fields_handle(&f, "organisation"));
	db_arg_text(&args, fields_text(&f, "name", 1, 64));
	db_arg_text(&args, fields_text(&f, "version", 1, 32));
	db_arg_text(&args, fields_handle_opt(&f, "hardware_platform"));
	db_arg_text(&args, fields_text_opt(&f, "tre_kind", 2, 40));
	db_arg_text(&args, fields_text_opt(&f, "least_firmware", 1, 32));
	db_arg_text(
	    &args, array_text_opt(fields_texts_opt(&f, "tacs", 100, 8), &tacs));
	db_arg_text(&args,
	    array_text_opt(
		fields_texts_opt(&f, "contains", 100, 40), &contains));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 201, "model_create_do", &args);
	buf_free(&tacs);
	buf_free(&contains);
	fields_free(&f);
	return rc;
}

static int
register_(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "model_register_do", "model");
}

static int
retire(struct request *req, struct reply *reply)
{
	return forward_act(req, reply, 200, "model_retire_do", "model");
}

const struct route model_routes[] = {
	{ METHOD_GET, "/v1/models", ROLE_ANY, 0, 0, list,
	    "The models that the caller may see" },
	{ METHOD_POST, "/v1/models", ROLE_SUPPLIER | ROLE_OFFICER, ROUTE_SIGNED,
	    0, create, "Enter a model" },
	{ METHOD_GET, "/v1/models/{model}", ROLE_ANY, 0, 0, get,
	    "A model with its declarations and CoCs" },
	{ METHOD_GET, "/v1/models/{model}/ruleset", ROLE_ANY, 0, 0, ruleset,
	    "The rule set that a declaration for it answers" },
	{ METHOD_POST, "/v1/models/{model}/register", ROLE_OFFICER,
	    ROUTE_SIGNED, 0, register_, "Register a model that was entered" },
	{ METHOD_POST, "/v1/models/{model}/retire", ROLE_OFFICER, ROUTE_SIGNED,
	    0, retire, "Retire a model that is not accredited" },
	ROUTE_END,
};
