/*
 * /v1/ek-crls: CRLs of those who make TPMs, brought by a supplier or the body.
 */

#include "x509/ek_crl.h"
#include "api/array.h"
#include "api/forward.h"
#include "api/route.h"
#include "base/enc.h"
#include "base/err.h"
#include "registry/fields.h"

#define PARAM	 "ek_crl"
#define BODY_MAX (1024 * 1024) /* as a statement may have it */

static int
ek_crl_list(struct request *req, struct reply *reply)
{
	return forward_list(req, reply, "ek_crl_list");
}

static int
ek_crl_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "ek_crl_get", PARAM);
}

/* What was sent. */
struct sent {
	const char *root;
	json_t *list; /* of the issuers, as it was signed; or NULL */
	struct buf issuers[EK_CHAIN_MAX];
	size_t n;
	struct buf der, text;
	struct ek_crl crl;
};

static void
sent_free(struct sent *s)
{
	size_t i;

	for (i = 0; i < EK_CHAIN_MAX; i++)
		buf_free(&s->issuers[i]);
	buf_free(&s->der);
	buf_free(&s->text);
	ek_crl_free(&s->crl);
}

static void
read_issuers(struct fields *f, struct sent *s)
{
	const char *text;

	s->list = fields_texts_opt(
	    f, "issuers", EK_CHAIN_MAX, EK_CERT_MAX * 4 / 3 + 4);
	for (s->n = 0; s->n < json_array_size(s->list); s->n++) {
		text = json_string_value(json_array_get(s->list, s->n));
		if (base64_decode(&s->issuers[s->n], span_str(text)) == -1) {
			fields_refuse(f, "issuers",
			    "must be base64 (RFC 4648 section 4)");
			return;
		}
	}
}

static int
judge(struct request *req, struct sent *s)
{
	struct span issuers[EK_CHAIN_MAX];
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	size_t i;
	int rc;

	for (i = 0; i < s->n; i++)
		issuers[i] = buf_span(&s->issuers[i]);
	db_arg_text(&args, s->root);
	if ((rows = db_query(req->db, "ek_crl_root", &args)) == NULL)
		return -1;
	rc = rows_count(rows) == 0
	    ? err_set_code(ERR_ABSENT, "NOT_FOUND",
		  "root: there is no root \"%.64s\" of yours", s->root)
	    : ek_crl_judge(buf_span(&s->der), issuers, s->n,
		  row_bytes(rows, 0, 0), row_time(rows, 0, 1), &s->crl);
	rows_free(rows);
	return rc;
}

/* ---- what it takes back */

struct entries {
	struct db_array serials, reasons, since;
};

static void
put_entry(struct span serial, int reason, int64_t when, void *ctx)
{
	struct entries *e = ctx;

	db_array_put(&e->serials, serial);
	db_array_put_int4(&e->reasons, reason);
	db_array_put_int8(&e->since, when);
}

static void
arg_array(struct db_args *args, struct db_array *a)
{
	if (a->n > 0)
		db_arg_array(args, a);
	else
		db_arg_null(args);
}

static int
record(struct request *req, struct reply *reply, struct sent *s)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct entries e;
	int rc;

	db_array_begin(&e.serials, DB_BYTEA);
	db_array_begin(&e.reasons, DB_INT4);
	db_array_begin(&e.since, DB_INT8);
	ek_crl_each(&s->crl, put_entry, &e);
	db_arg_text(&args, s->root);
	db_arg_text(&args, array_text_opt(s->list, &s->text));
	db_arg_bytes(&args, buf_span(&s->der));
	db_arg_bytes(&args, span_of(s->crl.issuer_sha256, HASH_SIZE));
	db_arg_bytes(&args, span_of(s->crl.number, EK_CRL_NUMBER));
	db_arg_time(&args, s->crl.this_update);
	db_arg_time(&args, s->crl.next_update);
	arg_array(&args, &e.serials);
	arg_array(&args, &e.reasons);
	arg_array(&args, &e.since);
	rc = forward(req, reply, 201, "ek_crl_submit_do", &args);
	db_array_free(&e.serials);
	db_array_free(&e.reasons);
	db_array_free(&e.since);
	return rc;
}

static int
ek_crl_submit(struct request *req, struct reply *reply)
{
	struct sent s = { .n = 0 };
	struct fields f;
	int rc = -1;

	fields_open(&f, req->body);
	s.root = fields_text(&f, "root", 1, 64);
	read_issuers(&f, &s);
	fields_base64(&f, "crl", 1, EK_CRL_MAX, &s.der);
	if (fields_end(&f) == 0 && judge(req, &s) == 0)
		rc = record(req, reply, &s);
	fields_free(&f);
	sent_free(&s);
	return rc;
}

#define SEERS (ROLE_BODY | ROLE_SUPPLIER | ROLE_AUDITOR)

const struct route ek_crl_routes[] = {
	{ METHOD_GET, "/v1/ek-crls", SEERS, 0, 0, ek_crl_list,
	    "The CRLs of makers of TPMs that the caller may see" },
	{ METHOD_POST, "/v1/ek-crls", ROLE_SUPPLIER | ROLE_SECURITY,
	    ROUTE_SIGNED, BODY_MAX, ek_crl_submit,
	    "Bring a CRL of a maker of TPMs: what it takes back counts for "
	    "nothing" },
	{ METHOD_GET, "/v1/ek-crls/{ek_crl}", SEERS, 0, 0, ek_crl_get,
	    "One CRL of a maker of TPMs and its history" },
	ROUTE_END,
};
