/*
 * /v1/ca/...: what a root that is offline is asked for, and what its ceremony
 * made.
 */

#include <stdlib.h>
#include <string.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/err.h"
#include "ceremony/requests.h"
#include "registry/fields.h"
#include "registry/instance.h"
#include "x509/cert.h"

#define BODY_MAX	 (1 << 20) /* as statements have it */
#define CERTIFICATES_MAX 1000
#define DAY		 86400

static int
read_one(struct db_rows *r, int i, struct requests_certificate *c)
{
	struct span serial = row_bytes(r, i, 3);

	if (serial.n > sizeof(c->serial))
		return err_set(ERR_INTERNAL, "a serial number is too long");
	ROW_COPY(c->name, r, i, 0);
	ROW_COPY(c->profile, r, i, 1);
	c->issuer_id = (uint32_t)row_int(r, i, 2);
	memcpy(c->serial, serial.p, serial.n);
	c->serial_length = serial.n;
	ROW_COPY(c->country, r, i, 4);
	ROW_COPY(c->organisation, r, i, 5);
	ROW_COPY(c->common_name, r, i, 6);
	ROW_COPY(c->role, r, i, 7);
	row_put_bytes(r, i, 8, &c->csr);
	return 0;
}

static int
read_certificates(struct db *db, struct requests *out)
{
	struct db_rows *r = db_query(db, "ca_request_each", NULL);
	int i, rc = 0;

	if (r == NULL)
		return -1;
	out->certificates =
	    xcalloc((size_t)rows_count(r) + 1, sizeof(out->certificates[0]));
	for (i = 0; i < rows_count(r) && rc == 0; i++)
		rc = read_one(r, i, &out->certificates[out->n++]);
	rows_free(r);
	return rc;
}

/* The CRL that the register's state asks for now. */
static int
read_crl(struct db *db, int days, struct requests *out)
{
	struct db_rows *r = db_query_one(db, "ca_crl_next", NULL);
	struct span root;

	if (r == NULL)
		return -1;
	root = row_bytes(r, 0, 1);
	out->has_root = out->has_crl = true;
	out->root_id = (uint32_t)row_int(r, 0, 0);
	memcpy(out->root, root.p,
	    root.n < sizeof(out->root) ? root.n : sizeof(out->root));
	out->crl_number = (uint64_t)row_int(r, 0, 2);
	out->made = row_int(r, 0, 3);
	/* what is revoked later in this very second is for the next one */
	out->this_update = out->made - 1;
	out->next_update = out->this_update + (int64_t)days * DAY;
	rows_free(r);
	return 0;
}

static int
read_revoked(struct db *db, struct requests *out)
{
	struct db_rows *r = db_query(db, "ca_crl_entries", NULL);
	struct crl_entry *e;
	struct span serial;
	int i;

	if (r == NULL)
		return -1;
	out->revoked =
	    xcalloc((size_t)rows_count(r) + 1, sizeof(out->revoked[0]));
	for (i = 0; i < rows_count(r); i++) {
		e = &out->revoked[out->nrevoked++];
		serial = row_bytes(r, i, 0);
		e->serial_length =
		    serial.n < sizeof(e->serial) ? serial.n : sizeof(e->serial);
		memcpy(e->serial, serial.p, e->serial_length);
		e->reason = (int)row_int(r, i, 1);
		e->when = row_int(r, i, 2);
	}
	rows_free(r);
	return 0;
}

static int
requests(struct request *req, struct reply *reply)
{
	struct requests out;
	struct buf text = BUF_EMPTY;
	int rc = -1;

	memset(&out, 0, sizeof(out));
	(void)snprintf(out.public_url, sizeof(out.public_url), "%s",
	    req->instance->public_url);
	if (read_crl(req->db, req->instance->root_crl_days, &out) == 0 &&
	    read_revoked(req->db, &out) == 0 &&
	    read_certificates(req->db, &out) == 0 &&
	    requests_write(&out, &text) == 0)
		rc = reply_json(reply, 200, buf_str(&text));
	buf_free(&text);
	requests_free(&out);
	return rc;
}

static int
list(struct request *req, struct reply *reply)
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
	(void)fields_base64_opt(&f, "crl", 1, BODY_MAX, &octets);
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
	{ METHOD_GET, "/v1/ca/requests", WHO, 0, 0, requests,
	    "What a root that is offline is asked to sign: requests.json" },
	{ METHOD_GET, "/v1/ca/imports", ROLE_BODY, 0, 0, list,
	    "What ceremonies made, as it was brought" },
	{ METHOD_POST, "/v1/ca/imports", WHO, ROUTE_SIGNED, BODY_MAX, import,
	    "Bring what a ceremony made; the authority judges it" },
	{ METHOD_GET, "/v1/ca/imports/{import}", ROLE_BODY, 0, 0, get,
	    "One import: was it accepted, or why not" },
	ROUTE_END,
};
