/*
 * EST, RFC 7030 with RFC 8951: /.well-known/est/LOT/..., where LOT is the
 * number of an open lot; a client that can name none is found the one that its
 * secret or its certificate belongs to.
 *
 * A new device's request comes with the certificate of a person of the lot's
 * supplier, or by HTTP Basic with the device's id and its one-time secret.  It
 * says in its subject what a manifest's row would: CN the device's id, of a
 * terminal dnQualifier the TrE that it contains and serialNumber its TAC.  All
 * other names come from the register, as ever.  A device that renews shows the
 * certificate that it has; what its request says of itself is not read.
 */

#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "api/enrol_queue.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "db/conn.h"
#include "issue/applicant.h"
#include "issue/open_lot.h"
#include "key/hash.h"
#include "policy/never.h"
#include "x509/csr_attributes.h"
#include "x509/csr_subject.h"
#include "x509/pkcs7.h"

#define BODY_MAX	8192
#define CERTS		"application/pkcs7-mime; smime-type=certs-only"
#define CSR_ATTRS	"application/csrattrs"
#define CAS_MAX		8
#define WAIT_MS		1500 /* before a client is told to come back */
#define CREDENTIALS_MAX 128

/* ---- out */

/*
 * base64 as RFC 4648 has it, in one line: all clients read that.  RFC 8951 has
 * no header announce it.
 */
static int
reply_base64(struct reply *reply, const char *type, struct span der)
{
	struct buf text = BUF_EMPTY;

	base64_encode(&text, der);
	reply_octets(reply, 200, type, buf_span(&text));
	buf_free(&text);
	return 0;
}

static int
reply_certificates(
    struct reply *reply, const struct span *certificates, size_t n)
{
	struct buf der = BUF_EMPTY;
	int rc;

	rc = pkcs7_certificates(certificates, n, &der);
	if (rc == 0)
		rc = reply_base64(reply, CERTS, buf_span(&der));
	buf_free(&der);
	return rc;
}

/* It and nothing else, RFC 7030 section 4.2.3. */
static int
reply_issued(struct reply *reply, const struct span *certificate)
{
	return reply_certificates(reply, certificate, 1);
}

static const char *
lot_of(const struct request *req)
{
	return req->nparams > 0 ? request_param(req, "lot") : "";
}

/* What the lot's applicants need of CAs; NULL: there is no such open lot. */
static struct db_rows *
find_cas(struct request *req)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_text(&args, lot_of(req));
	r = db_query(req->db, "enrol_cas", &args);
	if (r != NULL && rows_count(r) == 0) {
		rows_free(r);
		r = NULL;
		err_set_code(ERR_ABSENT, "LOT_UNKNOWN",
		    "there is no open lot \"%.24s\"", lot_of(req));
	}
	return r;
}

static int
cacerts(struct request *req, struct reply *reply)
{
	struct span certificates[CAS_MAX];
	struct db_rows *r = find_cas(req);
	int i, n, rc;

	if (r == NULL)
		return -1;
	n = rows_count(r) < CAS_MAX ? rows_count(r) : CAS_MAX;
	for (i = 0; i < n; i++)
		certificates[i] = row_bytes(r, i, 1);
	rc = reply_certificates(reply, certificates, (size_t)n);
	rows_free(r);
	return rc;
}

static int
csrattrs(struct request *req, struct reply *reply)
{
	struct db_rows *r = find_cas(req);
	struct buf der = BUF_EMPTY;
	int rc;

	if (r == NULL)
		return -1;
	rc = csr_attributes_write(
	    strcmp(row_text(r, 0, 0), "terminal") == 0, &der);
	if (rc == 0)
		rc = reply_base64(reply, CSR_ATTRS, buf_span(&der));
	rows_free(r);
	buf_free(&der);
	return rc;
}

static int
serverkeygen(struct request *req, struct reply *reply)
{
	(void)req;
	(void)reply;
	return err_set_code(ERR_DENIED, "KEY_NOT_OURS_TO_MAKE",
	    "a device makes its own key, which never leaves it: send a request "
	    "for that to simpleenroll");
}

/* ---- in */

/* base64 in one line or in many, RFC 8951 section 3.1. */
static int
read_body(const struct request *req, struct buf *der)
{
	struct buf text = BUF_EMPTY;
	const uint8_t *p;
	int rc;

	if (!request_has_type(req, "application/pkcs10"))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "a request is sent as application/pkcs10, in base64 (RFC "
		    "8951 section 3.1)");
	for (p = req->body.p; p < req->body.p + req->body.n; p++)
		if (*p != ' ' && *p != '\t' && *p != '\r' && *p != '\n')
			buf_putc(&text, (char)*p);
	rc = base64_decode(der, buf_span(&text));
	buf_free(&text);
	return rc == 0 ? 0
		       : err_set_code(ERR_INPUT, "CSR_MALFORMED",
			     "the body is no base64 of a request (RFC 8951 "
			     "section 3.1)");
}

static int
read_csr(const struct request *req, struct buf *der, struct csr *csr)
{
	if (read_body(req, der) == -1 ||
	    never_refuse(never_der(buf_span(der)), "the request") == -1 ||
	    csr_parse(buf_span(der), csr) == -1)
		return -1;
	return csr_verify(csr);
}

/* ---- who asks */

/* "Basic BASE64(DEVICE:SECRET)", RFC 7617; the hash of the two. */
static int
read_basic(const char *header, const char *device, uint8_t sha256[32])
{
	struct buf both = BUF_EMPTY;
	struct span text;
	const uint8_t *colon;
	int rc = -1;

	if (strlen(header) <= CREDENTIALS_MAX &&
	    strncasecmp(header, "Basic ", 6) == 0 &&
	    base64_decode(&both, span_str(header + 6)) == 0) {
		text = buf_span(&both);
		colon = memchr(text.p, ':', text.n);
		if (colon != NULL &&
		    span_equal(span_of(text.p, (size_t)(colon - text.p)),
			span_str(device))) {
			open_lot_secret_hash(span_str(device),
			    span_of(colon + 1,
				text.n - (size_t)(colon - text.p) - 1),
			    sha256);
			rc = 0;
		}
	}
	buf_wipe(&both);
	return rc == 0 ? 0
		       : err_set_code(ERR_DENIED, "SECRET_WRONG",
			     "the user name must be the device's id, which the "
			     "request has as common name, and the password its "
			     "enrolment secret");
}

static int
enrol_new(struct request *req, const struct enrol *e, struct enrolled *row)
{
	static const struct route by_supplier = { .roles = ROLE_SUPPLIER };
	const char *basic = request_header(req, "Authorization");
	uint8_t sha256[32];

	if (basic == NULL || basic[0] == '\0')
		return auth_caller(&by_supplier, req) == -1
		    ? -1
		    : enrol_by_supplier(req, e, row);
	if (read_basic(basic, e->device, sha256) == -1)
		return -1;
	return enrol_by_secret(req, e, sha256, row);
}

/* A 401 says how to do better. */
static void
challenge(struct reply *reply)
{
	if (reply_status_of_err() == 401)
		reply_header(reply, "WWW-Authenticate",
		    "Basic realm=\"assay enrolment\", charset=\"UTF-8\"");
}

/* Others are served meanwhile.  In the end who asked is told to come back. */
static int
wait(struct request *req, struct reply *reply, struct enrol_turn *t)
{
	if (t->end == 0)
		t->end = clock_ms() + WAIT_MS;
	if (clock_ms() < t->end) {
		t->row.fresh = false;
		reply_resume(reply, t, sizeof(*t));
		return 0;
	}
	if (enrol_keep(req) == -1)
		return -1;
	reply_header(reply, "Retry-After", "%d", ENROL_RETRY_AFTER);
	return reply_octets(reply, 202, "text/plain",
	    span_str(
		"The request is recorded; send it again for the answer.\n"));
}

static int
answer(struct request *req, struct reply *reply, struct enrol_turn *t)
{
	struct buf certificate = BUF_EMPTY, issuer = BUF_EMPTY;
	struct span made;
	int rc = 0;

	if (!t->row.fresh && enrol_may_be_known(req, &t->row))
		rc = enrol_result(req, &t->row, &certificate, &issuer);
	made = buf_span(&certificate);
	if (rc == 1)
		rc = reply_issued(reply, &made);
	else if (rc == 0)
		rc = wait(req, reply, t);
	buf_free(&certificate);
	buf_free(&issuer);
	return rc;
}

/* Called again. */
static bool
was_here(const struct request *req, struct enrol_turn *t)
{
	if (req->resumed.n != sizeof(*t))
		return false;
	memcpy(t, req->resumed.p, sizeof(*t));
	return true;
}

/* A supplier's goes the way of those that came with it, if nothing is against.
 */
static bool
goes_together(struct request *req, const struct enrol *e, struct enrol_turn *t)
{
	const char *basic = request_header(req, "Authorization");
	struct buf client = BUF_EMPTY;
	uint8_t sha256[HASH_SIZE];
	bool known;

	known = (basic == NULL || basic[0] == '\0') &&
	    auth_client(req, &client) == 0;
	if (known) {
		hash_sha256(buf_span(&client), sha256);
		enrol_queue(t, e, sha256);
	}
	buf_free(&client);
	return known;
}

/* By itself, on its first turn or after it was refused with others. */
static int
goes_alone(struct request *req, struct reply *reply, const struct enrol *e,
    struct enrol_turn *t)
{
	if (enrol_new(req, e, &t->row) == 0)
		return answer(req, reply, t);
	challenge(reply);
	return -1;
}

/* Called again: true where it is decided now, or waits on. */
static bool
goes_on(struct request *req, struct reply *reply, struct enrol_turn *t, int *rc)
{
	struct span made;

	switch (enrol_queued(t, &made)) {
	case ENROL_WAITS:
		*rc = wait(req, reply, t);
		return true;
	case ENROL_RECORDED:
		*rc = answer(req, reply, t);
		return true;
	case ENROL_ANSWERED:
		*rc = reply_issued(reply, &made);
		return true;
	case ENROL_REFUSED:
		*rc = -1;
		return true;
	default:
		return false;
	}
}

static int
simpleenroll(struct request *req, struct reply *reply)
{
	struct enrol e = { .lot = lot_of(req) };
	struct buf der = BUF_EMPTY;
	struct applicant said;
	struct span names;
	struct csr csr;
	struct enrol_turn t = { .end = 0 };
	bool again = was_here(req, &t);
	int rc = -1;

	if (again && goes_on(req, reply, &t, &rc))
		return rc;
	if (read_csr(req, &der, &csr) == 0 && csr_subject(&csr, &names) == 0 &&
	    applicant_read(names, &said) == 0) {
		e.device = said.id;
		e.tre = said.tre;
		e.tac = said.tac;
		e.csr = &csr;
		if (!again && goes_together(req, &e, &t))
			rc = wait(req, reply, &t);
		else
			rc = goes_alone(req, reply, &e, &t);
	}
	buf_free(&der);
	return rc;
}

static int
simplereenroll(struct request *req, struct reply *reply)
{
	struct enrol e = { .lot = lot_of(req) };
	struct buf der = BUF_EMPTY, client = BUF_EMPTY;
	struct csr csr;
	struct enrol_turn t = { .end = 0 };
	int rc = -1;

	if (was_here(req, &t))
		return answer(req, reply, &t);
	if (auth_client(req, &client) == 0 && read_csr(req, &der, &csr) == 0) {
		e.csr = &csr;
		rc = enrol_by_device(req, &e, buf_span(&client), &t.row);
		if (rc == 0)
			rc = answer(req, reply, &t);
	}
	buf_free(&client);
	buf_free(&der);
	return rc;
}

#define ASK (ROUTE_PUBLIC | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION)

const struct route est_routes[] = {
	{ METHOD_GET, "/.well-known/est/{lot}/cacerts", 0, ROUTE_PUBLIC, 0,
	    cacerts, "EST: the certificates of the CAs" },
	{ METHOD_GET, "/.well-known/est/{lot}/csrattrs", 0, ROUTE_PUBLIC, 0,
	    csrattrs, "EST: what a request must have" },
	{ METHOD_GET, "/.well-known/est/cacerts", 0, ROUTE_PUBLIC, 0, cacerts,
	    "EST: the certificate of the root" },
	{ METHOD_POST, "/.well-known/est/simpleenroll", 0, ASK, BODY_MAX,
	    simpleenroll, "EST: a new device's certificate, by its secret" },
	{ METHOD_POST, "/.well-known/est/simplereenroll", 0, ASK, BODY_MAX,
	    simplereenroll, "EST: a certificate for a device's new key" },
	{ METHOD_POST, "/.well-known/est/{lot}/simpleenroll", 0, ASK, BODY_MAX,
	    simpleenroll, "EST: a new device's certificate" },
	{ METHOD_POST, "/.well-known/est/{lot}/simplereenroll", 0, ASK,
	    BODY_MAX, simplereenroll,
	    "EST: a certificate for a device's new key" },
	{ METHOD_POST, "/.well-known/est/{lot}/serverkeygen", 0, ASK, BODY_MAX,
	    serverkeygen, "EST: refused, devices make their keys" },
	ROUTE_END,
};
