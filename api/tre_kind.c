/*
 * /v1/tre-kinds: kinds of TrE, their rule sets and default modes.  A decider
 * proposes one; another one approves the proposal (api/proposal.c).
 */

#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

static int
tre_kind_list(struct request *req, struct reply *reply)
{
	return forward(req, reply, 200, "tre_kind_list", NULL);
}

/* As in the database: a name of the kind "integrated_uicc". */
static const char *
read_name(struct fields *f)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *name = fields_text(f, "name", 2, 40);

	if (name != NULL &&
	    (name[0] < 'a' || name[0] > 'z' ||
		name[strspn(name, known)] != '\0'))
		fields_refuse(f, "name",
		    "must be lower-case letters, digits and _, a letter first");
	return name;
}

static int
tre_kind_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, read_name(&f));
	db_arg_text(&args, fields_text(&f, "what", 1, 500));
	db_arg_text(&args, fields_handle(&f, "ruleset"));
	db_arg_text(&args,
	    fields_word(&f, "default_mode", "tre_and_platform|platform_only"));
	db_arg_text(&args,
	    fields_word_opt(&f, "evidence", "transcript|tpm_quote|dice"));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "tre_kind_propose_do", &args);
	fields_free(&f);
	return rc;
}

const struct route tre_kind_routes[] = {
	{ METHOD_GET, "/v1/tre-kinds", ROLE_ANY, 0, 0, tre_kind_list,
	    "The kinds of TrE, their rule sets and default modes" },
	{ METHOD_POST, "/v1/tre-kinds", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    tre_kind_new, "Propose another kind of TrE" },
	ROUTE_END,
};
