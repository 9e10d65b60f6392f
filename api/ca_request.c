/*
 * /v1/ca/...: what a root that is offline is asked for, and what its ceremony
 * made.
 */

#include "api/forward.h"
#include "api/route.h"
#include "registry/fields.h"
#include "x509/cert.h"

#define BODY_MAX	 (16 << 20) /* as statements and nginx have it */
#define CRL_MAX		 (4 << 20)
#define CERTIFICATES_MAX 1000

static int
list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "ca_request_list");
}

static int
withdraw(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "ca_request_withdraw_do", "request");
}

/* The authority makes the file, and signs it. */
static int
ask(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	db_arg_int_or_null(&args, fields_int_opt(&f, "root", 1, UINT32_MAX, 0));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 202, "ca_request_file_ask_do", &args);
	fields_free(&f);
	return rc;
}

static int
file(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ca_request_file_show", "file");
}

/* To the octet as it was made: the ceremony's script names its hash. */
static int
content(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ca_request_file_content", "file");
}

static int
imports(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "ca_import_list");
}

static int
get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ca_import_get", "import");
}

/* What is in it the authority judges, from the statement. */
static int
import(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf terms = BUF_EMPTY, octets = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	(void)fields_texts(
	    &f, "certificates", 0, CERTIFICATES_MAX, (CERT_MAX + 2) / 3 * 4);
	(void)fields_base64_opt(&f, "root", 1, CERT_MAX, &octets);
	(void)fields_base64_opt(&f, "crl", 1, CRL_MAX, &octets);
	(void)fields_base64_opt(&f, "transcript", 1, BODY_MAX, &octets);
	buf_put_span(&terms, req->body);
	db_arg_text(&args, buf_str(&terms));
	if (fields_end(&f) == 0)
		rc = forward(req, reply, 202, "ca_import_add_do", &args);
	fields_free(&f);
	buf_free(&terms);
	buf_free(&octets);
	return rc;
}

#define WHO (ROLE_OFFICER | ROLE_SECURITY)

const struct route ca_request_routes[] = {
	{ METHOD_GET, "/v1/ca/requests", WHO, 0, 0, list,
	    "What a root that is offline is asked to certify" },
	{ METHOD_POST, "/v1/ca/requests/{request}/withdraw", WHO, ROUTE_SIGNED,
	    0, withdraw, "It is asked for no more; what is needed comes anew" },
	{ METHOD_POST, "/v1/ca/request-files", WHO, ROUTE_SIGNED, 0, ask,
	    "Have all that waits written for a ceremony; the authority signs "
	    "it" },
	{ METHOD_GET, "/v1/ca/request-files/{file}", WHO, 0, 0, file,
	    "One such file: is it made, and its SHA-256" },
	{ METHOD_GET, "/v1/ca/request-files/{file}/content", WHO, 0, 0, content,
	    "The file itself: requests.json" },
	{ METHOD_GET, "/v1/ca/imports", ROLE_BODY, 0, 0, imports,
	    "What ceremonies made, as it was brought" },
	{ METHOD_POST, "/v1/ca/imports", WHO, ROUTE_SIGNED, BODY_MAX, import,
	    "Bring what a ceremony made; the authority judges it" },
	{ METHOD_GET, "/v1/ca/imports/{import}", ROLE_BODY, 0, 0, get,
	    "One import: was it accepted, or why not" },
	ROUTE_END,
};
