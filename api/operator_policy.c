/*
 * /v1/operator-policies: what an operator asks of devices beyond the floor. One
 * of its people drafts a policy, another puts it into force; before that, what
 * would it have said to the decisions of late?
 */

#include <stdlib.h>
#include <string.h>

#include "api/forward.h"
#include "api/policy_trial.h"
#include "api/route.h"
#include "base/err.h"
#include "registry/fields.h"

#define PURPOSES       "initial_download|change_of_operator|reprovision|precheck"
#define NAMES_MOST     200
#define HANDLE_MOST    40
#define DECISIONS_MOST 10000

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before",
		"purpose=" PURPOSES, "operator", NULL };

	return forward_search(req, reply, "operator_policy_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "operator_policy_get", "policy");
}

/* Their form; what they mean is the database's to judge (330). */
static void
check_terms(struct fields *f)
{
	static const char *const bools[] = { "accept_provisional",
		"accept_self_declared_only", "platform_only" };
	static const char *const lists[] = { "allowed_suppliers",
		"denied_suppliers", "allowed_models", "denied_models" };
	size_t i;

	for (i = 0; i < sizeof(bools) / sizeof(bools[0]); i++)
		(void)fields_bool_opt(f, bools[i], true);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		(void)fields_texts_opt(f, lists[i], NAMES_MOST, HANDLE_MOST);
	(void)fields_bool_opt(f, "require_consent", false);
	(void)fields_texts_opt(f, "require_validation", 3, 16);
	(void)fields_int_opt(f, "min_level", 1, 4, 1);
	(void)fields_int_opt(f, "max_audit_age", 1, 3650, 1);
	(void)fields_int_opt(f, "grace_days", 0, 3650, 0);
	(void)fields_int_opt(f, "max_status_age", 1, 86400, 1);
}

static int
draft(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f, terms;
	json_t *policy;
	char *text = NULL;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_word(&f, "purpose", PURPOSES));
	if ((policy = fields_object(&f, "policy")) != NULL) {
		fields_of(&terms, policy, "policy");
		check_terms(&terms);
		text = json_dumps(policy, JSON_COMPACT);
		db_arg_text(&args, text);
		rc = fields_end(&terms);
		fields_free(&terms);
	} else
		rc = fields_end(&f);
	if (rc == 0 && (rc = fields_end(&f)) == 0)
		rc =
		    forward(req, reply, 201, "operator_policy_draft_do", &args);
	free(text);
	fields_free(&f);
	return rc;
}

static int
activate(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "policy"));
	forward_hash(&args, &f, "sha256", sha256);
	if ((rc = fields_end(&f)) == 0)
		rc = forward(
		    req, reply, 200, "operator_policy_activate_do", &args);
	fields_free(&f);
	return rc;
}

static int
retire(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "operator_policy_retire_do", "policy");
}

/* ?last=: over how many decisions, all of them when it isn't said. */
static int
read_last(struct request *req, int *last)
{
	static const char *const known[] = { "last", NULL };
	char text[8] = "";
	int there = request_query(req, "last", text, sizeof(text));

	if (there == -1 || request_query_known(req, known) == -1)
		return -1;
	*last = there == 0 ? DECISIONS_MOST : atoi(text);
	if (text[strspn(text, "0123456789")] != '\0' || *last < 1 ||
	    *last > DECISIONS_MOST)
		return err_set_code(ERR_INPUT, "QUERY_MALFORMED",
		    "last: a whole number from 1 to %d", DECISIONS_MOST);
	return 0;
}

static int
test(struct request *req, struct reply *reply)
{
	json_t *trial = NULL;
	char *text;
	int last;

	if (read_last(req, &last) == -1 ||
	    policy_trial(req->db, request_param(req, "policy"), last, &trial) ==
		-1)
		return -1;
	text = json_dumps(trial, JSON_COMPACT);
	json_decref(trial);
	reply_json(reply, 200, text);
	free(text);
	return 0;
}

#define ONE "/v1/operator-policies/{policy}"

const struct route operator_policy_routes[] = {
	{ METHOD_GET, "/v1/operator-policies", ROLE_OPERATOR | ROLE_BODY, 0, 0,
	    list,
	    "Operators' own policies that the caller may see; "
	    "?state=&purpose=&operator=&before=" },
	{ METHOD_POST, "/v1/operator-policies", ROLE_OPERATOR, ROUTE_SIGNED, 0,
	    draft, "Draft a policy for one purpose" },
	{ METHOD_GET, ONE, ROLE_OPERATOR | ROLE_BODY, 0, 0, get,
	    "One policy and its history" },
	{ METHOD_GET, ONE "/test", ROLE_OPERATOR | ROLE_BODY, 0, 0, test,
	    "What it would have said to the operator's decisions of late; "
	    "?last=" },
	{ METHOD_POST, ONE "/activate", ROLE_OPERATOR, ROUTE_SIGNED, 0,
	    activate, "Put another's draft into force" },
	{ METHOD_POST, ONE "/retire", ROLE_OPERATOR, ROUTE_SIGNED, 0, retire,
	    "Put a draft away" },
	ROUTE_END,
};
