/*
 * /v1/attestation-keys: keys of TPMs.  A supplier shows what the TPM says of
 * its attestation key and the certificate of its endorsement key; it gets a
 * secret back that only the TPM with both can open, and sends that.
 */

#include <stdlib.h>

#include <jansson.h>

#include "api/forward.h"
#include "api/route.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/credential.h"
#include "key/hash.h"
#include "registry/fields.h"
#include "tpm/public.h"
#include "x509/ek.h"

#define PARAM "attestation_key"

static int
attestation_key_list(struct request *req, struct reply *reply)
{
	static const char *const queries[] = { "state", "before", "model",
		NULL };

	return forward_search(req, reply, "attestation_key_list", queries);
}

static int
attestation_key_get(struct request *req, struct reply *reply)
{
	return forward_named(req, reply, "attestation_key_get", PARAM);
}

/* What was sent, and what came of it. */
struct enrolment {
	const char *model;
	struct buf chain[EK_CHAIN_MAX];
	size_t n;
	struct buf public_octets;
	struct tpm_public public;
	struct ek ek;
	struct buf root; /* the number of the one that holds */
	uint8_t secret[CREDENTIAL_SECRET];
	struct credential credential;
};

static void
enrolment_free(struct enrolment *e)
{
	size_t i;

	for (i = 0; i < EK_CHAIN_MAX; i++)
		buf_free(&e->chain[i]);
	buf_free(&e->public_octets);
	ek_free(&e->ek);
	buf_free(&e->root);
	credential_free(&e->credential);
	explicit_bzero(e->secret, sizeof(e->secret));
}

static void
read_chain(struct fields *f, struct enrolment *e)
{
	json_t *list = fields_texts(
	    f, "ek_chain", 1, EK_CHAIN_MAX, EK_CERT_MAX * 4 / 3 + 4);
	const char *text;

	for (e->n = 0; e->n < json_array_size(list); e->n++) {
		text = json_string_value(json_array_get(list, e->n));
		if (base64_decode(&e->chain[e->n], span_str(text)) == -1) {
			fields_refuse(f, "ek_chain",
			    "must be base64 (RFC 4648 section 4)");
			return;
		}
	}
}

/* By one of the roots that are in force for the model. */
static int
judge_chain(struct request *req, struct enrolment *e)
{
	struct span chain[EK_CHAIN_MAX];
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	size_t i;
	int r, rc = -1;

	for (i = 0; i < e->n; i++)
		chain[i] = buf_span(&e->chain[i]);
	db_arg_text(&args, e->model);
	if ((rows = db_query(req->db, "ek_roots", &args)) == NULL)
		return -1;
	if (rows_count(rows) == 0)
		err_set_code(ERR_DENIED, "EK_UNTRUSTED",
		    "model: no EK root is in force for it: see assay reference "
		    "submit");
	for (r = 0; r < rows_count(rows) && rc == -1; r++) {
		rc = ek_chain_judge(chain, e->n, row_bytes(rows, r, 1),
		    row_time(rows, r, 2), &e->ek);
		if (rc == 0)
			buf_puts(&e->root, row_text(rows, r, 0));
	}
	rows_free(rows);
	return rc;
}

/* What its makers' CRLs are asked about. */
static void
put_links(struct buf *b, const struct ek *ek)
{
	const struct ek_link *l;
	size_t i;

	buf_putc(b, '[');
	for (i = 0; i < ek->nlinks; i++) {
		l = &ek->links[i];
		buf_puts(b, i > 0 ? ",{\"issuer\":\"" : "{\"issuer\":\"");
		hex_encode(b, span_of(l->issuer_sha256, HASH_SIZE));
		buf_puts(b, "\",\"serial\":\"");
		hex_encode(b, span_of(l->serial, l->nserial));
		buf_printf(
		    b, "\",\"has_crl\":%s}", l->has_crl ? "true" : "false");
	}
	buf_putc(b, ']');
}

static int
record(struct request *req, struct enrolment *e, struct buf *json)
{
	uint8_t secret_sha256[HASH_SIZE], spki_sha256[HASH_SIZE];
	struct db_args args = DB_ARGS_EMPTY;
	struct buf links = BUF_EMPTY;
	struct key *key;
	int rc;

	key = key_from_point(
	    e->public.kind, span_of(e->public.point, e->public.npoint));
	if (key == NULL)
		return -1;
	hash_sha256(key_spki(key), spki_sha256);
	hash_sha256(span_of(e->secret, sizeof(e->secret)), secret_sha256);
	db_arg_text(&args, buf_str(&e->root));
	put_links(&links, &e->ek);
	db_arg_bytes(&args, buf_span(&e->chain[0]));
	db_arg_text(&args, buf_str(&links));
	db_arg_bytes(&args, buf_span(&e->public_octets));
	db_arg_bytes(&args, span_of(e->public.name, e->public.nname));
	db_arg_bytes(&args, span_of(spki_sha256, sizeof(spki_sha256)));
	db_arg_bytes(&args, span_of(secret_sha256, sizeof(secret_sha256)));
	rc = db_call_json(req->db, "attestation_key_challenge_do", &args, json);
	buf_free(&links);
	key_free(key);
	return rc;
}

static void
set_base64(json_t *answer, const char *name, struct span s)
{
	struct buf b = BUF_EMPTY;

	base64_encode(&b, s);
	(void)json_object_set_new(answer, name, json_string(buf_str(&b)));
	buf_free(&b);
}

/* What was recorded, and the secret for the TPM to open. */
static int
answer(struct enrolment *e, struct buf *json, struct reply *reply)
{
	json_t *a = json_loads(buf_str(json), 0, NULL);
	char *text;
	int rc;

	set_base64(a, "id_object", buf_span(&e->credential.id_object));
	set_base64(
	    a, "encrypted_secret", buf_span(&e->credential.encrypted_secret));
	text = json_dumps(a, JSON_COMPACT);
	rc = reply_json(reply, 201, text);
	free(text);
	json_decref(a);
	return rc;
}

static int
attestation_key_new(struct request *req, struct reply *reply)
{
	struct enrolment e;
	struct buf json = BUF_EMPTY;
	struct fields f;
	int rc = -1;

	memset(&e, 0, sizeof(e));
	fields_open(&f, req->body);
	e.model = fields_handle(&f, "model");
	read_chain(&f, &e);
	fields_base64(&f, "public", 1, PUBLIC_MAX, &e.public_octets);
	if (fields_end(&f) == -1 ||
	    tpm_public_parse(buf_span(&e.public_octets), &e.public) == -1 ||
	    judge_chain(req, &e) == -1)
		goto out;
	hash_random(e.secret, sizeof(e.secret));
	if (credential_make(buf_span(&e.ek.spki),
		span_of(e.public.name, e.public.nname), e.secret,
		&e.credential) == 0 &&
	    record(req, &e, &json) == 0)
		rc = answer(&e, &json, reply);
out:
	fields_free(&f);
	enrolment_free(&e);
	buf_free(&json);
	return rc;
}

static int
attestation_key_activate(struct request *req, struct reply *reply)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct buf secret = BUF_EMPTY;
	struct fields f;
	int rc;

	fields_open(&f, req->body);
	db_arg_text(&args, request_param(req, PARAM));
	fields_base64(
	    &f, "secret", CREDENTIAL_SECRET, CREDENTIAL_SECRET, &secret);
	db_arg_bytes(&args, buf_span(&secret));
	if ((rc = fields_end(&f)) == 0)
		rc = forward(
		    req, reply, 200, "attestation_key_activate_do", &args);
	fields_free(&f);
	buf_wipe(&secret);
	return rc;
}

static int
attestation_key_revoke(struct request *req, struct reply *reply)
{
	return forward_reason(
	    req, reply, 200, "attestation_key_revoke_do", PARAM);
}

#define ONE   "/v1/attestation-keys/{attestation_key}"
#define SEERS (ROLE_BODY | ROLE_SUPPLIER | ROLE_AUDITOR)

const struct route attestation_key_routes[] = {
	{ METHOD_GET, "/v1/attestation-keys", SEERS, 0, 0, attestation_key_list,
	    "The attestation keys that the caller may see" },
	{ METHOD_POST, "/v1/attestation-keys", ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    attestation_key_new,
	    "Show a TPM's attestation key; the answer is for that TPM to "
	    "open" },
	{ METHOD_GET, ONE, SEERS, 0, 0, attestation_key_get,
	    "One attestation key and its history" },
	{ METHOD_POST, ONE "/activate", ROLE_SUPPLIER, ROUTE_SIGNED, 0,
	    attestation_key_activate, "Send what the TPM has opened" },
	{ METHOD_POST, ONE "/revoke", ROLE_SUPPLIER | ROLE_SECURITY,
	    ROUTE_SIGNED, 0, attestation_key_revoke,
	    "Revoke it: what it quotes counts for nothing" },
	ROUTE_END,
};
