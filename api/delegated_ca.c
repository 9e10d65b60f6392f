/*
 * /v1/delegated-cas: suppliers' own CAs.
 */

#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"
#include "x509/crl_read.h"
#include "x509/csr.h"

#define PARAM	   "delegated_ca"
#define MODELS_MAX 16
#define CRL_LIMIT  ((size_t)16 << 20) /* 300,000 entries and more */
#define CRL_BODY   ((uint64_t)23 << 20)

static int
delegated_ca_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "delegated_ca_list");
}

static int
delegated_ca_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "delegated_ca_get", PARAM);
}

/* The authority looks at the request again before the root signs. */
static int
delegated_ca_request(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf der = BUF_EMPTY, models = BUF_EMPTY;
	struct csr csr;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, fields_word(&f, "role", "tre|terminal"));
	db_arg_text(&args, fields_handle(&f, "site"));
	db_arg_text(&args,
	    array_text(fields_texts(&f, "models", 1, MODELS_MAX, 40), &models));
	fields_base64(&f, "csr", 1, CSR_MAX, &der);
	if (fields_end(&f) == -1 || csr_parse(buf_span(&der), &csr) == -1 ||
	    csr_verify(&csr) == -1)
		goto out;
	db_arg_bytes(&args, buf_span(&der));
	db_arg_bytes(&args, span_of(csr.spki_sha256, sizeof(csr.spki_sha256)));
	rc = forward(req, reply, 201, "delegated_ca_request_do", &args);
out:
	fields_free(&f);
	buf_free(&der);
	buf_free(&models);
	return rc;
}

static int
delegated_ca_propose(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf models = BUF_EMPTY;
	uint8_t sha256[32];
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, PARAM));
	forward_hash(&args, &f, "csr_sha256", sha256);
	db_arg_text(&args, fields_word(&f, "role", "tre|terminal"));
	db_arg_text(&args, fields_handle(&f, "site"));
	db_arg_text(&args,
	    array_text(fields_texts(&f, "models", 1, MODELS_MAX, 40), &models));
	db_arg_int(&args, fields_int(&f, "valid_days", 1, 1095));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(req, reply, 202, "delegated_ca_propose_do", &args);
	fields_free(&f);
	buf_free(&models);
	return rc;
}

static int
delegated_ca_withdraw(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "delegated_ca_withdraw_do", PARAM);
}

/*
 * Did that CA sign it?  What nobody has signed is not even kept.  Where the
 * caller has no such CA the statement that takes it in says so.
 */
static int
crl_check_signer(struct request *req, const struct crl *crl)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	struct key *key = NULL;
	struct cert ca;
	int rc = 0;

	db_arg_text(&args, request_param(req, PARAM));
	rows = db_query(req->db, "delegated_ca_certificate", &args);
	if (rows == NULL)
		return -1;
	if (rows_count(rows) == 1) {
		rc = -1;
		if (cert_parse(row_bytes(rows, 0, 0), &ca) == 0 &&
		    (key = key_from_spki(ca.spki)) != NULL)
			rc = crl_verify(crl, &ca, key);
	}
	key_free(key);
	rows_free(rows);
	return rc;
}

/* Whether what the CA has signed may be taken over the authority says. */
static int
delegated_crl_add(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf der = BUF_EMPTY;
	struct fields f;
	struct crl crl;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, PARAM));
	fields_base64(&f, "crl", 1, CRL_LIMIT, &der);
	if (fields_end(&f) == 0 && crl_parse(buf_span(&der), &crl) == 0 &&
	    crl_check_signer(req, &crl) == 0) {
		db_arg_bytes(&args, buf_span(&der));
		rc = forward(req, reply, 202, "delegated_crl_add_do", &args);
	}
	fields_free(&f);
	buf_free(&der);
	return rc;
}

#define ONE "/v1/delegated-cas/{" PARAM "}"

const struct route delegated_ca_routes[] = {
	{ METHOD_GET, "/v1/delegated-cas", ROLE_ANY, 0, 0, delegated_ca_list,
	    "Suppliers' own CAs that the caller may see" },
	{ METHOD_POST, "/v1/delegated-cas", ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    delegated_ca_request, "Ask for a CA of one's own" },
	{ METHOD_GET, ONE, ROLE_ANY, 0, 0, delegated_ca_get,
	    "One, its certificate, its CRLs and what became of it" },
	{ METHOD_POST, ONE "/propose", ROLE_DECIDER, ROUTE_SIGNED, 0,
	    delegated_ca_propose,
	    "Propose to certify it; a second decider approves" },
	{ METHOD_POST, ONE "/withdraw",
	    ROLE_DECIDER | ROLE_SECURITY | ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    delegated_ca_withdraw, "It issues no more, and why" },
	{ METHOD_POST, ONE "/crl", ROLE_SUPPLIER, 0, CRL_BODY,
	    delegated_crl_add, "Hand over its CRL" },
	ROUTE_END,
};
