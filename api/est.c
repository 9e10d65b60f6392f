/*
 * EST, RFC 7030 with RFC 8951: /.well-known/est/LOT/..., where LOT is the
 * number of an open lot; a client that can name none is found the one that its
 * secret or its certificate belongs to.  Here is what anybody may ask and what
 * nobody gets; est_enrol.c has the requests of devices.
 */

#include <string.h>

#include "api/est.h"
#include "api/route.h"
#include "base/enc.h"
#include "base/err.h"
#include "db/conn.h"
#include "x509/csr_attributes.h"
#include "x509/pkcs7.h"

#define BODY_MAX  8192
#define CERTS	  "application/pkcs7-mime; smime-type=certs-only"
#define CSR_ATTRS "application/csrattrs"
#define CAS_MAX	  8

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

int
est_reply_issued(struct reply *reply, struct span certificate)
{
	return reply_certificates(reply, &certificate, 1);
}

const char *
est_lot(const struct request *req)
{
	return req->nparams > 0 ? request_param(req, "lot") : "";
}

/* What the lot's applicants need of CAs; NULL: there is no such open lot. */
static struct db_rows *
find_cas(struct request *req)
{
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *r;

	db_arg_text(&args, est_lot(req));
	r = db_query(req->db, "enrol_cas", &args);
	if (r != NULL && rows_count(r) == 0) {
		rows_free(r);
		r = NULL;
		err_set_code(ERR_ABSENT, "LOT_UNKNOWN",
		    "there is no open lot \"%.24s\"", est_lot(req));
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

#define ASK (ROUTE_PUBLIC | ROUTE_ANY_TYPE | ROUTE_NO_TRANSACTION)

const struct route est_routes[] = {
	{ METHOD_GET, "/.well-known/est/{lot}/cacerts", 0, ROUTE_PUBLIC, 0,
	    cacerts, "EST: the certificates of the CAs" },
	{ METHOD_GET, "/.well-known/est/{lot}/csrattrs", 0, ROUTE_PUBLIC, 0,
	    csrattrs, "EST: what a request must have" },
	{ METHOD_GET, "/.well-known/est/cacerts", 0, ROUTE_PUBLIC, 0, cacerts,
	    "EST: the certificate of the root" },
	{ METHOD_POST, "/.well-known/est/simpleenroll", 0, ASK, BODY_MAX,
	    est_simpleenroll,
	    "EST: a new device's certificate, by its secret" },
	{ METHOD_POST, "/.well-known/est/simplereenroll", 0, ASK, BODY_MAX,
	    est_simplereenroll, "EST: a certificate for a device's new key" },
	{ METHOD_POST, "/.well-known/est/{lot}/simpleenroll", 0, ASK, BODY_MAX,
	    est_simpleenroll, "EST: a new device's certificate" },
	{ METHOD_POST, "/.well-known/est/{lot}/simplereenroll", 0, ASK,
	    BODY_MAX, est_simplereenroll,
	    "EST: a certificate for a device's new key" },
	{ METHOD_POST, "/.well-known/est/{lot}/serverkeygen", 0, ASK, BODY_MAX,
	    serverkeygen, "EST: refused, devices make their keys" },
	ROUTE_END,
};
