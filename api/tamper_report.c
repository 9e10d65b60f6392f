/*
 * /v1/tamper-reports: what TrEs say of themselves.  A device has no
 * principal's certificate, so anybody may bring a report; what counts is the
 * TrE's own signature on it, and nothing is written before that has held.
 */

#include "registry/tamper_report.h"
#include "api/route.h"
#include "base/err.h"
#include "db/conn.h"

#define MEDIA_TYPE "application/jose"

/* With the certificate that it names, octet for octet from the register. */
static int
verify(struct request *req, const struct tamper_report *t)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int rc;

	db_arg_bytes(&args, span_of(t->signer, sizeof(t->signer)));
	rows = db_query(req->db, "tamper_report_signer", &args);
	if (rows == NULL)
		return -1;
	if (rows_count(rows) == 1)
		rc = tamper_report_verify(t, row_bytes(rows, 0, 0));
	else
		rc = err_set_code(ERR_DENIED, "TAMPER_SIGNER",
		    "the tamper report names no certificate of a TrE");
	rows_free(rows);
	return rc;
}

static int
record(struct request *req, const struct tamper_report *t, struct buf *json)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf jws = BUF_EMPTY;
	int rc = -1;

	buf_put_span(&jws, req->body);
	db_arg_bytes(&args, span_of(t->signer, sizeof(t->signer)));
	db_arg_int(&args, t->seq);
	db_arg_time(&args, t->iat);
	db_arg_text(&args, t->what);
	db_arg_text(&args, t->detail);
	db_arg_text(&args, buf_str(&jws));
	if (db_begin(req->db) == 0 &&
	    db_call_json(req->db, "tamper_report_add_do", &args, json) == 0)
		rc = 0; /* the router commits */
	buf_free(&jws);
	return rc;
}

static int
tamper_report_new(struct request *req, struct reply *reply)
{
	struct buf json = BUF_EMPTY;
	struct tamper_report t;
	int rc;

	if (!request_has_type(req, MEDIA_TYPE))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "the body must be " MEDIA_TYPE " (Content-Type)");
	rc = tamper_report_parse(req->body, &t);
	if (rc == 0)
		rc = verify(req, &t);
	if (rc == 0)
		rc = record(req, &t, &json);
	if (rc == 0)
		rc = reply_json(reply, 201, buf_str(&json));
	tamper_report_free(&t);
	buf_free(&json);
	return rc;
}

const struct route tamper_report_routes[] = {
	{ METHOD_POST, "/v1/tamper-reports", 0, ROUTE_PUBLIC | ROUTE_ANY_TYPE,
	    TAMPER_REPORT_MAX, tamper_report_new,
	    "A report that a TrE has signed: it is quarantined at once" },
	ROUTE_END,
};
