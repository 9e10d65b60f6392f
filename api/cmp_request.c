/*
 * Requests for certificates by CMP, from ir, cr, p10cr or kur to certConf: a
 * request becomes a row of the lot, and whoever asked waits for what comes of
 * it.
 */

#include <stdio.h>
#include <string.h>

#include "api/cmp_reply.h"
#include "api/cmp_request.h"
#include "api/cmp_wait.h"
#include "api/enrol.h"
#include "base/clock.h"
#include "base/err.h"
#include "db/conn.h"
#include "issue/applicant.h"
#include "key/hash.h"
#include "x509/cert.h"

/* A device that renews has until then to say that it has the new one. */
static int64_t
confirm_until(const struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int64_t at = 0;

	if (!c->device)
		return 0;
	db_arg_text(&args, c->lot);
	db_arg_int(&args, c->row);
	if ((r = db_query_one(c->req->db, "cmp_confirm_until", &args)) != NULL)
		at = row_int(r, 0, 0);
	rows_free(r);
	return at;
}

/* What became of the row, within a moment. */
static void
look(struct cmp_call *c, struct cmp_answer *a, struct buf *certificate,
    struct buf *issuer)
{
	struct enrolled row = { .row = c->row };
	int rc = 0;

	(void)snprintf(row.lot, sizeof(row.lot), "%s", c->lot);
	memcpy(row.key, c->key, sizeof(row.key));
	if (!c->fresh && enrol_may_be_known(c->req, &row))
		rc = enrol_result(c->req, &row, certificate, issuer);
	a->check_after = ENROL_RETRY_AFTER;
	if (rc == 0)
		a->status = CMP_WAITING;
	else if (rc == -1)
		cmp_reject(a);
	else {
		a->status = CMP_ACCEPTED;
		a->confirm_until = confirm_until(c);
		a->certificate = buf_span(certificate);
		a->chain[a->nchain++] = buf_span(issuer);
		if (c->secret != NULL)
			a->root = buf_span(&c->root);
	}
}

/* A device that renews says which certificate it has by signing with it. */
static int
check_old(const struct cmp_call *c, const struct crmf *r)
{
	struct cert old;

	if (r->old_serial.n == 0)
		return 0;
	if (cert_parse(c->signer, &old) == 0 &&
	    span_equal(old.serial, r->old_serial) &&
	    span_equal(old.issuer.der, r->old_issuer))
		return 0;
	return err_set_code(ERR_DENIED, "CMP_CERTIFICATE_UNKNOWN",
	    "oldCertID is not the certificate that the message is signed "
	    "with");
}

/* By TLS nobody comes in with one that has ended. */
static int
check_time(const struct cmp_call *c)
{
	struct cert old;

	if (cert_parse(c->signer, &old) == 0 && old.not_after >= clock_now())
		return 0;
	return err_set_code(ERR_DENIED, "DEVICE_NOT_GOOD",
	    "the certificate with which the message is signed has ended: only "
	    "what is good renews");
}

static int
record_new(struct cmp_call *c, const struct enrol *of_any, struct span subject,
    struct enrolled *row)
{
	struct enrol e = *of_any;
	struct applicant who;
	uint8_t secret[HASH_SIZE];

	if (c->device)
		return err_set_code(ERR_DENIED, "CMP_NOT_SUPPORTED",
		    "a device that has a certificate asks for another by kur");
	if (applicant_read(subject, &who) == -1)
		return -1;
	e.device = who.id;
	e.tre = who.tre;
	e.tac = who.tac;
	if (c->secret == NULL)
		return enrol_by_factory(c->req, &e, c->who, row);
	if (!span_equal(c->message.kid, span_str(who.id)))
		return err_set_code(ERR_DENIED, "SECRET_WRONG",
		    "the common name must be the device whose key makes the "
		    "MAC");
	open_lot_secret_hash(c->message.kid, span_str(c->secret), secret);
	return enrol_by_secret(c->req, &e, secret, row);
}

static int
record(struct cmp_call *c)
{
	struct cmp_request r;
	struct enrol e = { .lot = c->lot,
		.proof = c->message.der,
		.confirms = !c->message.implicit_confirm };
	struct enrolled row = { .row = 0 };
	int rc;

	if (cmp_read_request(&c->message, &r) == -1 ||
	    csr_verify(&r.crmf.csr) == -1)
		return -1;
	e.csr = &r.crmf.csr;
	if (c->message.type != CMP_KUR)
		rc = record_new(c, &e, r.subject, &row);
	else if (c->secret != NULL)
		rc = err_set_code(ERR_DENIED, "CMP_INTEGRITY",
		    "kur is signed (RFC 9483 section 4.1.3), and has no MAC");
	else if (!c->device)
		rc = err_set_code(ERR_DENIED, "CMP_SIGNER",
		    "kur is signed with the certificate that is to be renewed");
	else
		rc = check_time(c) == 0 && check_old(c, &r.crmf) == 0
		    ? enrol_by_device(c->req, &e, c->signer, &row)
		    : -1;
	if (rc == 0) {
		c->row = row.row;
		c->fresh = row.fresh;
		memcpy(c->key, row.key, sizeof(c->key));
	}
	return rc;
}

int
cmp_certify(struct cmp_call *c, struct reply *reply)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	struct cmp_turn t = { .end = 0 };
	bool again = cmp_turn_again(c, &t);
	int accepted, rc;

	if (!again && cmp_call_begin(c) == -1)
		return -1;
	if (again || record(c) == 0)
		look(c, &a, &certificate, &issuer);
	else
		cmp_reject(&a);
	if (a.status == CMP_WAITING && cmp_turn_comes(c, &t, reply))
		return 0;
	accepted = a.status == CMP_ACCEPTED && c->message.implicit_confirm;
	rc = cmp_reply(c, &a, accepted ? 1 : -1, reply);
	buf_free(&certificate);
	buf_free(&issuer);
	return rc;
}

/* ---- what goes on */

/* Was its first message one that asked to confirm nothing? */
static bool
first_confirms(const struct cmp_call *c)
{
	struct cmp_message first;

	return cmp_read(buf_span(&c->first), &first) == 0 &&
	    first.implicit_confirm;
}

int
cmp_pollreq(struct cmp_call *c, struct reply *reply)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	struct cmp_turn t = { .end = 0 };
	int accepted, rc;

	(void)cmp_turn_again(c, &t);
	if (cmp_call_find(c) == -1)
		return -1;
	if (c->row == 0)
		return err_set_code(ERR_CONFLICT, "CMP_TRANSACTION_UNKNOWN",
		    "nothing is waited for in this transaction");
	look(c, &a, &certificate, &issuer);
	if (a.status == CMP_WAITING && cmp_turn_comes(c, &t, reply))
		return 0;
	accepted = a.status == CMP_ACCEPTED && first_confirms(c);
	rc = cmp_reply(c, &a, accepted ? 1 : -1, reply);
	buf_free(&certificate);
	buf_free(&issuer);
	return rc;
}

/* The certificate is not wanted. */
static int
give_back(struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_int(&args, c->transaction);
	if (db_begin(c->req->db) == -1)
		return -1;
	if ((r = db_query_one(c->req->db, "cmp_reject_do", &args)) == NULL) {
		db_rollback(c->req->db);
		return -1;
	}
	rows_free(r);
	return db_commit(c->req->db);
}

/*
 * By the hash that its CA signs with, which its length tells: RFC 9810 section
 * 5.3.18, and RFC 9481 section 3 where the CA signs with Ed25519; or by the one
 * that is named.
 */
static bool
is_hash_of(const struct cmp_message *m, struct span certificate)
{
	const struct span hash = m->hash;
	uint8_t digest[HASH_SHA512];

	if (m->hash_size != 0 && m->hash_size != hash.n)
		return false;
	switch (hash.n) {
	case HASH_SIZE:
		hash_sha256(certificate, digest);
		break;
	case HASH_SHA384:
		hash_sha384(certificate, digest);
		break;
	case HASH_SHA512:
		hash_sha512(certificate, digest);
		break;
	default:
		return false;
	}
	return span_equal(span_of(digest, hash.n), hash);
}

static int
check_hash(struct cmp_call *c)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	bool same;

	if (c->row != 0)
		look(c, &a, &certificate, &issuer);
	same = a.status == CMP_ACCEPTED && certificate.n > 0 &&
	    is_hash_of(&c->message, buf_span(&certificate));
	buf_free(&certificate);
	buf_free(&issuer);
	return same ? 0
		    : err_set_code(ERR_INPUT, "CMP_CERTIFICATE_UNKNOWN",
			  "certHash is not that of the certificate that was "
			  "issued");
}

/* Of a PKCS#10, which has no number, it is -1. */
static int
check_request_id(const struct cmp_call *c)
{
	struct cmp_message first;

	if (c->message.request_id == 0 ||
	    (cmp_read(buf_span(&c->first), &first) == 0 &&
		first.type == CMP_P10CR))
		return 0;
	return err_set_code(ERR_INPUT, "CMP_NOT_SUPPORTED",
	    "certReqId is -1 of a p10cr alone (RFC 9483 section 4.1.4)");
}

int
cmp_certconf(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };

	if (cmp_call_find(c) == -1 || check_request_id(c) == -1)
		return -1;
	if (c->message.accepted ? check_hash(c) == -1 : give_back(c) == -1)
		return -1;
	return cmp_reply(c, &a, c->message.accepted, reply);
}

/* An error of the client's ends its transaction: it has no certificate. */
int
cmp_client_error(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };
	int rc = cmp_call_find(c);

	if (rc == 0 && !c->over && give_back(c) == -1)
		return -1;
	if (rc == -1 && err_kind() != ERR_CONFLICT && err_kind() != ERR_INPUT)
		return -1;
	/* it stands alone for libcrypto */
	buf_clear(&c->first);
	return cmp_reply(c, &a, 0, reply);
}
