/*
 * Requests of devices by EST, RFC 7030 section 4.2.
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
#include "api/est.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "issue/applicant.h"
#include "issue/open_lot.h"
#include "key/hash.h"
#include "policy/never.h"
#include "x509/csr_subject.h"

#define WAIT_MS		1500 /* before a client is told to come back */
#define CREDENTIALS_MAX 128

/* ---- what came */

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
	int rc = 0;

	if (!t->row.fresh && enrol_may_be_known(req, &t->row))
		rc = enrol_result(req, &t->row, &certificate, &issuer);
	if (rc == 1)
		rc = est_reply_issued(reply, buf_span(&certificate));
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
	uint8_t sha256[HASH_SIZE];

	if ((basic != NULL && basic[0] != '\0') ||
	    auth_client_sha256(req, sha256) == -1)
		return false;
	enrol_queue(t, e, sha256);
	return true;
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
		*rc = est_reply_issued(reply, made);
		return true;
	case ENROL_REFUSED:
		*rc = -1;
		return true;
	default:
		return false;
	}
}

int
est_simpleenroll(struct request *req, struct reply *reply)
{
	struct enrol e = { .lot = est_lot(req) };
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

int
est_simplereenroll(struct request *req, struct reply *reply)
{
	struct enrol e = { .lot = est_lot(req) };
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
