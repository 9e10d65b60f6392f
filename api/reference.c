/*
 * /v1/references: what a TrE's evidence is judged against.  The model's
 * supplier submits, a decider proposes to accept, another one approves.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "policy/firmware.h"
#include "registry/fields.h"
#include "x509/ek.h"

#define PARAM	     "reference"
#define MEASURED_MAX 32
#define VALUE_MAX    1023

static int
reference_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "model",
		NULL };

	return forward_search(req, reply, "reference_list", queries);
}

static int
reference_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "reference_get", PARAM);
}

static int
reference_submit(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf der = BUF_EMPTY, measured = BUF_EMPTY;
	struct fields f;
	json_t *list;
	bool root;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_handle(&f, "model"));
	db_arg_text(&args,
	    fields_word(&f, "kind", "transcript|tpm_quote|dice|ek_root"));
	db_arg_text(&args, fields_text_opt(&f, "firmware", 1, FIRMWARE_MAX));
	list = fields_texts_opt(&f, "measured", MEASURED_MAX, VALUE_MAX);
	root = fields_base64_opt(&f, "certificate", 1, EK_CERT_MAX, &der);
	if (fields_end(&f) == -1 ||
	    (root && ek_root_check(buf_span(&der)) == -1))
		goto out;
	db_arg_text(&args,
	    array_text_opt(json_array_size(list) > 0 ? list : NULL, &measured));
	if (root)
		db_arg_bytes(&args, buf_span(&der));
	else
		db_arg_null(&args);
	rc = forward(req, reply, 201, "reference_submit_do", &args);
out:
	fields_free(&f);
	buf_free(&der);
	buf_free(&measured);
	return rc;
}

static int
reference_propose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, PARAM));
	forward_hash(&args, &f, "sha256", sha256);
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "reference_propose_do", &args);
	fields_free(&f);
	return rc;
}

static int
reference_revoke(struct request *req, struct reply *reply)
{
	return forward_reason(req, reply, 200, "reference_revoke_do", PARAM);
}

#define ONE   "/v1/references/{reference}"
#define SEERS (ROLE_BODY | ROLE_SUPPLIER | ROLE_AUDITOR)

const struct route reference_routes[] = {
	{ METHOD_GET, "/v1/references", SEERS, 0, 0, reference_list,
	    "The reference values and EK roots that the caller may see" },
	{ METHOD_POST, "/v1/references", ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    reference_submit,
	    "Submit what firmware of a TrE model measures, or a root of its "
	    "TPMs' certificates" },
	{ METHOD_GET, ONE, SEERS, 0, 0, reference_get,
	    "One reference, what is proposed on it, its history" },
	{ METHOD_POST, ONE "/propose", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    reference_propose, "Propose to accept it; another one approves" },
	{ METHOD_POST, ONE "/revoke", ROLE_SUPPLIER | ROLE_SECURITY,
	    ROUTE_SIGNED, 0, reference_revoke,
	    "Revoke it: what measures so is refused, from now on" },
	ROUTE_END,
};
