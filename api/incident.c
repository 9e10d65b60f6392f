/*
 * /v1/incidents: reported by whoever noticed, or found by the register itself;
 * triaged, confirmed or dismissed, closed.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"

#define KINDS "tamper_report|clone|stolen_device|mis_issuance|vulnerability"
#define MEASURES                                                               \
	"corrective_action|issuance_freeze|download_freeze|hold|"              \
	"mass_revocation|scope_reduction|minimum_firmware|withdrawal|ban"
#define SCOPE_KINDS "organisation|site|hardware_platform|model|lot"

static int
incident_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "incident_list");
}

static int
incident_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "incident_get", "incident");
}

static int
incident_new(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf devices = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_word(&f, "kind", KINDS));
	db_arg_text(&args, fields_text(&f, "detail", 1, 4000));
	db_arg_text(&args, fields_text_opt(&f, "reference", 1, 100));
	db_arg_text(&args,
	    array_text(fields_texts_opt(&f, "devices", 100, 64), &devices));
	db_arg_text(&args, fields_handle_opt(&f, "organisation"));
	db_arg_text(&args, fields_handle_opt(&f, "model"));
	db_arg_text(&args, fields_text_opt(&f, "lot", 1, 32));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "incident_report_do", &args);
	fields_free(&f);
	buf_free(&devices);
	return rc;
}

static int
incident_triage(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "incident"));
	db_arg_text(&args, fields_word(&f, "severity", "minor|major|critical"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	db_arg_bool(&args, fields_bool_opt(&f, "quarantine", false));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "incident_triage_do", &args);
	fields_free(&f);
	return rc;
}

static int
incident_confirm(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "incident"));
	db_arg_text(&args, fields_text(&f, "reason", 1, 1000));
	db_arg_text(&args,
	    fields_word_opt(&f, "revoke", "keyCompromise|privilegeWithdrawn"));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 200, "incident_confirm_do", &args);
	fields_free(&f);
	return rc;
}

/* One text about the incident of the path. */
static int
say(struct request *req, struct reply *reply, int status, const char *field,
    const char *statement)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "incident"));
	db_arg_text(&args, fields_text(&f, field, 1, 1000));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, status, statement, &args);
	fields_free(&f);
	return rc;
}

static int
incident_finding(struct request *req, struct reply *reply)
{
	return say(req, reply, 200, "finding", "incident_finding_do");
}

static int
incident_dismiss(struct request *req, struct reply *reply)
{
	return say(req, reply, 202, "reason", "incident_dismiss_do");
}

static int
incident_close(struct request *req, struct reply *reply)
{
	return say(req, reply, 200, "reason", "incident_close_do");
}

static int
incident_measure(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, "incident"));
	db_arg_text(&args, fields_word(&f, "kind", MEASURES));
	db_arg_text(&args, fields_word(&f, "scope_kind", SCOPE_KINDS));
	db_arg_text(&args, fields_text_opt(&f, "scope", 1, 40));
	db_arg_text(&args, fields_text_opt(&f, "legal_basis", 1, 500));
	db_arg_bool(&args, fields_bool_opt(&f, "emergency", false));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 201, "incident_measure_do", &args);
	fields_free(&f);
	return rc;
}

#define ONE	"/v1/incidents/{incident}"
#define TRIAGES (ROLE_OFFICER | ROLE_SECURITY)

const struct route incident_routes[] = {
	{ METHOD_GET, "/v1/incidents", ROLE_ANY, 0, 0, incident_list,
	    "The incidents that the caller may see" },
	{ METHOD_POST, "/v1/incidents", ROLE_ANY, ROUTE_SIGNED, 0, incident_new,
	    "Report one: it changes nothing until it is triaged" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, incident_get,
	    "One incident, its reports, its measures, its history" },
	{ METHOD_POST, ONE "/triage", TRIAGES, ROUTE_SIGNED, 0, incident_triage,
	    "Take it up, and quarantine its devices or not" },
	{ METHOD_POST, ONE "/finding", TRIAGES, ROUTE_SIGNED, 0,
	    incident_finding, "The preliminary finding, due within 24 hours" },
	{ METHOD_POST, ONE "/confirm", ROLE_SECURITY | ROLE_DECIDER,
	    ROUTE_SIGNED, 0, incident_confirm,
	    "It is so: a stolen device is stolen, a copied one quarantined" },
	{ METHOD_POST, ONE "/dismiss", TRIAGES, ROUTE_SIGNED, 0,
	    incident_dismiss,
	    "Propose to dismiss it; a second person approves" },
	{ METHOD_POST, ONE "/close", TRIAGES, ROUTE_SIGNED, 0, incident_close,
	    "Nothing is left to do" },
	{ METHOD_POST, ONE "/measure", ROLE_SECURITY, ROUTE_SIGNED, 0,
	    incident_measure,
	    "A measure on what the incident concerns, in one step" },
	ROUTE_END,
};
