/*
 * /v1/measures: what the body does where trust has failed.  Imposing one takes
 * two people, or one in an emergency; lifting always takes two.
 */

#include "api/forward.h"
#include "api/route.h"
#include "api/scope.h"
#include "registry/fields.h"

#define KINDS                                                                  \
	"corrective_action|issuance_freeze|download_freeze|hold|"              \
	"mass_revocation|scope_reduction|minimum_firmware|withdrawal|ban"
#define SCOPE_KINDS "organisation|site|hardware_platform|model|lot|issuer"
#define EFFECTS	    "permit|permit_if_issued_before|hold|refuse"
#define IMPOSERS    (ROLE_SECURITY | ROLE_DECIDER)

static int
list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "kind=" KINDS,
		"scope_kind=" SCOPE_KINDS, "scope", NULL };

	return forward_search(req, reply, "measure_list", queries);
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "measure_get", "measure");
}

/* The terms of one; which fit together is the database's business. */
static void
read_terms(struct fields *f)
{
	(void)fields_word(f, "kind", KINDS);
	(void)fields_word(f, "scope_kind", SCOPE_KINDS);
	(void)fields_text(f, "scope", 1, 40);
	(void)fields_text(f, "legal_basis", 1, 500);
	(void)fields_word_opt(f, "effect", EFFECTS);
	(void)fields_date_opt(f, "deadline");
	(void)fields_word_opt(f, "escalates_to", KINDS);
	(void)fields_text_opt(f, "reason", 1, 40);
	(void)fields_text_opt(f, "least_firmware", 1, 32);
	(void)fields_text_opt(f, "firmware_from", 1, 32);
	(void)fields_text_opt(f, "firmware_to", 1, 32);
	(void)fields_words_opt(f, "scopes", 4, SCOPES);
	(void)fields_text_opt(f, "supersedes", 1, 40);
}

/* As they were signed: nothing is taken from them or added. */
static int
forward_terms(struct request *req, struct reply *reply, const char *name,
    struct db_args *args, struct fields *f)
{
	struct buf terms = BUF_EMPTY;
	int rc = -1;

	buf_put_span(&terms, req->body);
	db_arg_text(args, buf_str(&terms));
	if (fields_end(f) == 0)
		rc = forward(req, reply, 201, name, args);
	buf_free(&terms);
	fields_free(f);
	return rc;
}

static int
impose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;

	fields_open(&f, req->body);
	read_terms(&f);
	(void)fields_bool_opt(&f, "emergency", false);
	return forward_terms(req, reply, "measure_propose_do", &args, &f);
}

static int
adopt(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;

	db_arg_text(&args, request_param(req, "measure"));
	fields_open(&f, req->body);
	read_terms(&f);
	return forward_terms(req, reply, "measure_adopt_do", &args, &f);
}

static int
confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "measure"));
	db_arg_text(&args, fields_text_opt(&f, "reason", 1, 1000));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 200, "measure_confirm_do", &args);
	fields_free(&f);
	return rc;
}

static int
lift(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 202, "measure_propose_lift_do", "measure");
}

static int
dismiss(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 202, "measure_propose_dismiss_do", "measure");
}

static int
appeal(struct request *req, struct reply *reply)
{
	return forward_claim(req, reply, "appeal_file_do", "measure", "ground");
}

static int
correct(struct request *req, struct reply *reply)
{
	return forward_claim(
	    req, reply, "correction_report_do", "measure", "what");
}

#define ONE "/v1/measures/{measure}"

const struct route measure_routes[] = {
	{ METHOD_GET, "/v1/measures", ROLE_ANY, 0, 0, list,
	    "The measures that the caller may see" },
	{ METHOD_POST, "/v1/measures", IMPOSERS, ROUTE_SIGNED, 0, impose,
	    "Propose a measure, or impose it in an emergency" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, get,
	    "A measure and how many devices it hits" },
	{ METHOD_POST, ONE "/adopt", IMPOSERS, ROUTE_SIGNED, 0, adopt,
	    "Propose in one's own name what arose by itself" },
	{ METHOD_POST, ONE "/dismiss", IMPOSERS, ROUTE_SIGNED, 0, dismiss,
	    "Propose to drop what arose by itself" },
	{ METHOD_POST, ONE "/confirm", IMPOSERS, ROUTE_SIGNED, 0, confirm,
	    "Confirm an emergency measure as second person" },
	{ METHOD_POST, ONE "/lift", IMPOSERS, ROUTE_SIGNED, 0, lift,
	    "Propose to lift a measure" },
	{ METHOD_POST, ONE "/appeal", ROLE_SUPPLIER | ROLE_OFFICER,
	    ROUTE_SIGNED, 0, appeal,
	    "Appeal against a measure within 30 days; it stays in force" },
	{ METHOD_POST, ONE "/correct", ROLE_SUPPLIER, ROUTE_SIGNED, 0, correct,
	    "Report that a corrective action is done" },
	ROUTE_END,
};
