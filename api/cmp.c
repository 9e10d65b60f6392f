/*
 * CMP, RFC 9810 over HTTP as RFC 9811 has it: /.well-known/cmp/p/LOT, perhaps
 * with the operation behind it, where LOT is the number of an open lot.
 *
 * A message is believed for its protection: a signature under a certificate of
 * a factory that the lot's header names, a MAC with a device's key of that
 * header, or the signature of a device of the register.  What a request asks
 * for becomes a row of the lot (api/enrol.h), and the message is kept with it,
 * since the authority verifies it again.
 *
 * What cannot be read as a message is refused by HTTP; all else is answered by
 * a message, with 200 (RFC 9811 section 3.4).
 */

#include <stdio.h>
#include <string.h>

#include "api/cmp_lot.h"
#include "api/cmp_signer.h"
#include "api/enrol.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/err.h"
#include "db/conn.h"
#include "issue/applicant.h"
#include "key/hash.h"
#include "policy/never.h"
#include "x509/cert.h"

#define PKIXCMP "application/pkixcmp"

/* Labels of RFC 9483 section 6.1 and the message that each is for. */
static const struct {
	const char *label;
	int type;
} operations[] = {
	{ "initialization", CMP_IR },
	{ "certification", CMP_CR },
	{ "pkcs10", CMP_P10CR },
	{ "keyupdate", CMP_KUR },
	{ "revocation", CMP_RR },
	{ "getcacerts", CMP_GENM },
	{ "getcrls", CMP_GENM },
};

/* ---- out */

static int
reply_error(struct cmp_call *c, struct reply *reply)
{
	struct buf out = BUF_EMPTY;
	enum cmp_fail fail = cmp_fail_of_err();
	char text[256];
	int rc;

	(void)snprintf(text, sizeof(text), "%s",
	    err_kind() == ERR_INTERNAL ? "the server failed" : err_text());
	rc = cmp_error_write(&c->message, fail, text,
	    c->own.n > 0 ? cmp_signer_key() : NULL, buf_span(&c->own),
	    buf_span(&c->own_issuer), clock_now(), &out);
	if (rc == 0)
		rc = reply_octets(reply, 200, PKIXCMP, buf_span(&out));
	buf_free(&out);
	return rc;
}

/* accepted: as for cmp_call_keep(). */
static int
reply_answer(struct cmp_call *c, const struct cmp_answer *a, int accepted,
    struct reply *reply)
{
	struct cmp_exchange e = { .message = &c->message,
		.signer = c->signer,
		.secret =
		    c->secret != NULL ? span_str(c->secret) : span_of(NULL, 0),
		.key = cmp_signer_key(),
		.certificate = buf_span(&c->own),
		.issuer = buf_span(&c->own_issuer),
		.first = buf_span(&c->first),
		.nonce = buf_span(&c->nonce) };
	struct buf out = BUF_EMPTY;
	int rc;

	rc = cmp_answer_write(&e, a, &out);
	if (rc == 0 && c->transaction != 0)
		rc = cmp_call_keep(c, buf_span(&out), accepted);
	if (rc == 0)
		rc = reply_octets(reply, 200, PKIXCMP, buf_span(&out));
	buf_free(&out);
	return rc;
}

static void
reject(struct cmp_answer *a)
{
	a->status = CMP_REJECTED;
	a->fail = cmp_fail_of_err();
	(void)snprintf(a->text, sizeof(a->text), "%s",
	    err_kind() == ERR_INTERNAL ? "the server failed" : err_text());
}

/* ---- requests for certificates */

#define WAIT_MS 1000 /* before a client is told to poll */

/* What a request in its second turn knows of its first (reply_resume()). */
struct turn {
	int64_t end; /* of its waiting, clock_ms() */
	int64_t transaction;
	int row;
	uint8_t key[32];
};

static bool
was_here(struct cmp_call *c, struct turn *t)
{
	if (c->req->resumed.n != sizeof(*t))
		return false;
	memcpy(t, c->req->resumed.p, sizeof(*t));
	c->transaction = t->transaction;
	c->row = t->row;
	memcpy(c->key, t->key, sizeof(c->key));
	return true;
}

/* Others are served meanwhile; what stands in the reply is never sent. */
static bool
comes_again(const struct cmp_call *c, struct turn *t, struct reply *reply)
{
	if (t->end == 0)
		t->end = clock_ms() + WAIT_MS;
	if (clock_ms() >= t->end)
		return false;
	t->transaction = c->transaction;
	t->row = c->row;
	memcpy(t->key, c->key, sizeof(t->key));
	reply_resume(reply, t, sizeof(*t));
	return true;
}

/* What became of the row, within a moment. */
static void
look(struct cmp_call *c, struct cmp_answer *a, struct buf *certificate,
    struct buf *issuer)
{
	struct enrolled row = { .row = c->row };
	int rc;

	(void)snprintf(row.lot, sizeof(row.lot), "%s", c->lot);
	memcpy(row.key, c->key, sizeof(row.key));
	rc = enrol_result(c->req, &row, certificate, issuer);
	a->check_after = ENROL_RETRY_AFTER;
	if (rc == 0)
		a->status = CMP_WAITING;
	else if (rc == -1)
		reject(a);
	else {
		a->status = CMP_ACCEPTED;
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

static int
record_new(struct cmp_call *c, struct enrol *e, struct span subject,
    struct enrolled *row)
{
	struct applicant who;
	uint8_t secret[HASH_SIZE];

	if (c->device)
		return err_set_code(ERR_DENIED, "CMP_NOT_SUPPORTED",
		    "a device that has a certificate asks for another by kur");
	if (applicant_read(subject, &who) == -1)
		return -1;
	e->device = who.id;
	e->tre = who.tre;
	e->tac = who.tac;
	if (c->secret == NULL)
		return enrol_by_factory(c->req, e, c->who, row);
	if (!span_equal(c->message.kid, span_str(who.id)))
		return err_set_code(ERR_DENIED, "SECRET_WRONG",
		    "the common name must be the device whose key makes the "
		    "MAC");
	open_lot_secret_hash(c->message.kid, span_str(c->secret), secret);
	return enrol_by_secret(c->req, e, secret, row);
}

static int
record(struct cmp_call *c)
{
	struct cmp_request r;
	struct enrol e = { .lot = c->lot, .proof = c->message.der };
	struct enrolled row = { .row = 0 };
	int rc;

	if (cmp_read_request(&c->message, &r) == -1 ||
	    csr_verify(&r.crmf.csr) == -1)
		return -1;
	e.csr = &r.crmf.csr;
	if (c->message.type != CMP_KUR)
		rc = record_new(c, &e, r.subject, &row);
	else if (!c->device)
		rc = err_set_code(ERR_DENIED, "CMP_SIGNER",
		    "kur is signed with the certificate that is to be renewed");
	else
		rc = check_old(c, &r.crmf) == 0
		    ? enrol_by_device(c->req, &e, c->signer, &row)
		    : -1;
	if (rc == 0) {
		c->row = row.row;
		memcpy(c->key, row.key, sizeof(c->key));
	}
	return rc;
}

static int
certify(struct cmp_call *c, struct reply *reply)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	struct turn t = { .end = 0 };
	bool again = was_here(c, &t);
	int accepted, rc;

	if (!again && cmp_call_begin(c) == -1)
		return -1;
	if (again || record(c) == 0)
		look(c, &a, &certificate, &issuer);
	else
		reject(&a);
	if (a.status == CMP_WAITING && comes_again(c, &t, reply))
		return 0;
	accepted = a.status == CMP_ACCEPTED && c->message.implicit_confirm;
	rc = reply_answer(c, &a, accepted ? 1 : -1, reply);
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

static int
pollreq(struct cmp_call *c, struct reply *reply)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	struct turn t = { .end = 0 };
	int accepted, rc;

	(void)was_here(c, &t);
	if (cmp_call_find(c) == -1)
		return -1;
	if (c->row == 0)
		return err_set_code(ERR_CONFLICT, "CMP_TRANSACTION_UNKNOWN",
		    "nothing is waited for in this transaction");
	look(c, &a, &certificate, &issuer);
	if (a.status == CMP_WAITING && comes_again(c, &t, reply))
		return 0;
	accepted = a.status == CMP_ACCEPTED && first_confirms(c);
	rc = reply_answer(c, &a, accepted ? 1 : -1, reply);
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

static int
check_hash(struct cmp_call *c)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct cmp_answer a = { .status = CMP_WAITING };
	uint8_t digest[HASH_SIZE];
	bool same;

	if (c->row != 0)
		look(c, &a, &certificate, &issuer);
	hash_sha256(buf_span(&certificate), digest);
	same = a.status == CMP_ACCEPTED && certificate.n > 0 &&
	    span_equal(span_of(digest, sizeof(digest)), c->message.hash);
	buf_free(&certificate);
	buf_free(&issuer);
	return same ? 0
		    : err_set_code(ERR_INPUT, "CMP_CERTIFICATE_UNKNOWN",
			  "certHash is not that of the certificate that was "
			  "issued");
}

static int
certconf(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };

	if (cmp_call_find(c) == -1)
		return -1;
	if (c->over)
		return err_set_code(
		    ERR_CONFLICT, "CMP_CONFIRMED", "this transaction is over");
	if (c->message.accepted ? check_hash(c) == -1 : give_back(c) == -1)
		return -1;
	return reply_answer(c, &a, c->message.accepted, reply);
}

/* An error of the client's ends its transaction: it has no certificate. */
static int
error(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };
	int rc = cmp_call_find(c);

	if (rc == 0 && !c->over && give_back(c) == -1)
		return -1;
	if (rc == -1 && err_kind() != ERR_CONFLICT && err_kind() != ERR_INPUT)
		return -1;
	/* it stands alone for libcrypto */
	buf_clear(&c->first);
	return reply_answer(c, &a, 0, reply);
}

/* ---- revocation, information */

static int
revoke(struct cmp_call *c)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	if (c->secret != NULL)
		return err_set_code(ERR_DENIED, "CMP_NOT_SUPPORTED",
		    "a certificate is revoked by its device's signature or its "
		    "factory's, not by a MAC");
	db_arg_text(&args, c->lot);
	db_arg_bytes(&args, span_of(c->who, sizeof(c->who)));
	db_arg_bool(&args, !c->device);
	db_arg_bytes(&args, c->message.issuer);
	db_arg_bytes(&args, c->message.serial);
	db_arg_int(&args, c->message.reason);
	if (db_begin(c->req->db) == -1)
		return -1;
	if ((r = db_query_one(c->req->db, "cmp_revoke_do", &args)) == NULL) {
		db_rollback(c->req->db);
		return -1;
	}
	rows_free(r);
	return db_commit(c->req->db);
}

static int
rr(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };

	if (cmp_call_begin(c) == -1)
		return -1;
	if (revoke(c) == -1)
		reject(&a);
	return reply_answer(c, &a, -1, reply);
}

/* Of the root that they name, or the newest; NULL: it could not be asked. */
static struct db_rows *
find_update(struct cmp_call *c, struct cmp_answer *a)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;
	int i;

	db_arg_bytes(&args, c->message.root);
	r = db_query(c->req->db, "root_update", &args);
	if (r != NULL && rows_count(r) > 0)
		for (i = 0; i < 3; i++)
			a->update[i] = row_bytes(r, 0, i);
	return r;
}

static int
genm(struct cmp_call *c, struct reply *reply)
{
	struct cmp_answer a = { .status = CMP_ACCEPTED };
	struct db_rows *update = find_update(c, &a);
	int rc;

	if (update == NULL)
		return -1;

	if (c->issuer.n > 0)
		a.cas[a.ncas++] = buf_span(&c->issuer);
	a.cas[a.ncas++] = buf_span(&c->root);
	a.crl = buf_span(&c->crl);
	rc = reply_answer(c, &a, -1, reply);
	rows_free(update);
	return rc;
}

static const struct {
	int type;
	int (*run)(struct cmp_call *, struct reply *);
} bodies[] = {
	{ CMP_IR, certify },
	{ CMP_CR, certify },
	{ CMP_P10CR, certify },
	{ CMP_KUR, certify },
	{ CMP_RR, rr },
	{ CMP_GENM, genm },
	{ CMP_CERTCONF, certconf },
	{ CMP_POLLREQ, pollreq },
	{ CMP_ERROR, error },
};

/* ---- in */

/* What its address says that the message is; -1: anything. */
static int
read_operation(struct request *req, int *type)
{
	const char *label;
	size_t i, n = sizeof(operations) / sizeof(operations[0]);

	*type = -1;
	if (req->nparams < 2)
		return 0;
	label = request_param(req, "operation");
	for (i = 0; i < n; i++)
		if (strcmp(operations[i].label, label) == 0) {
			*type = operations[i].type;
			return 0;
		}
	return err_set_code(ERR_ABSENT, "NO_SUCH_ADDRESS",
	    "there is no operation \"%.32s\" here (RFC 9483 section 6.1)",
	    label);
}

/* What goes on with a transaction comes to where that began. */
static int
check_operation(const struct cmp_call *c)
{
	int type = c->message.type;

	return c->operation == -1 || type == c->operation ||
		type == CMP_CERTCONF || type == CMP_POLLREQ || type == CMP_ERROR
	    ? 0
	    : err_set_code(ERR_INPUT, "CMP_OPERATION",
		  "the address is that of another operation");
}

static int
run(struct cmp_call *c, struct reply *reply)
{
	size_t i, n = sizeof(bodies) / sizeof(bodies[0]);

	if (cmp_call_judge(c) == -1 || check_operation(c) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (bodies[i].type == c->message.type)
			return bodies[i].run(c, reply);
	return err_set_code(ERR_INPUT, "CMP_NOT_SUPPORTED",
	    "messages with body [%d] are not taken here", c->message.type);
}

/* Everything that can be said of it by a message is. */
static int
answer(struct cmp_call *c, struct reply *reply)
{
	int rc = cmp_read(c->req->body, &c->message);

	if (rc == -1 && c->message.transaction.n == 0)
		return -1;
	if (cmp_signer_certificate(c->req->db, &c->own, &c->own_issuer) == -1)
		return -1;
	if (rc == 0)
		rc = run(c, reply);
	if (rc == -1 && err_kind() == ERR_BUSY)
		return -1;
	return rc == 0 ? 0 : reply_error(c, reply);
}

static int
cmp_post(struct request *req, struct reply *reply)
{
	struct cmp_call c = { .req = req, .lot = request_param(req, "lot") };
	int rc = -1;

	if (!request_has_type(req, PKIXCMP))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "a message is sent as " PKIXCMP " (RFC 9811)");
	if (never_refuse(never_der(req->body), "the message") == -1)
		return -1;
	if (read_operation(req, &c.operation) == 0 && cmp_call_lot(&c) == 0)
		rc = answer(&c, reply);
	cmp_call_free(&c);
	return rc;
}

#define ASK (ROUTE_PUBLIC | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION)

const struct route cmp_routes[] = {
	{ METHOD_POST, "/.well-known/cmp/p/{lot}", 0, ASK, CMP_MAX, cmp_post,
	    "CMP: a message about an open lot's devices" },
	{ METHOD_POST, "/.well-known/cmp/p/{lot}/{operation}", 0, ASK, CMP_MAX,
	    cmp_post, "CMP: a message, at the address of its operation" },
	ROUTE_END,
};
