/*
 * Who calls, and what it has signed: around every handler of the API.
 */

#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/caller.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "db/conn.h"
#include "key/hash.h"
#include "registry/statement.h"
#include "x509/cert.h"

/* An escaped PEM certificate: 8192 octets of DER, base64, %0A and %2B. */
#define ESCAPED_MAX 16384

static int
unauthenticated(const char *why)
{
	return err_set_code(ERR_DENIED, "UNAUTHENTICATED", "%s", why);
}

/* nginx escapes all but letters, digits and -._~ of the PEM text. */
static int
unescape(const char *s, char *out, size_t size)
{
	size_t n = 0;
	int hi, lo;

	for (; *s != '\0'; s++) {
		if (n + 1 >= size)
			return -1;
		out[n] = *s;
		if (*s == '%') {
			if ((hi = hex_digit((uint8_t)s[1])) == -1 ||
			    (lo = hex_digit((uint8_t)s[2])) == -1)
				return -1;
			out[n] = (char)(hi << 4 | lo);
			s += 2;
		}
		if (out[n++] == '\0')
			return -1;
	}
	out[n] = '\0';
	return 0;
}

int
auth_certificate(const char *escaped, struct buf *der)
{
	static char pem[ESCAPED_MAX];
	struct span text;

	/* Escaped newlines: request_decode() would refuse them. */
	if (unescape(escaped, pem, sizeof(pem)) == -1)
		goto bad;
	text = span_str(pem);
	if (cert_read_pem(&text, der) == -1)
		goto bad;
	return 0;
bad:
	return unauthenticated("the client certificate could not be read");
}

/* nginx has only said what the certificate is known by, if it asks again with
 * it: nobody is known by that. */
static int
ask_at(struct request *req)
{
	req->ask_at = request_header(req, "X-Client-Ask-At");
	return unauthenticated("the client certificate is missing");
}

/* What nginx says about the TLS client; every server block sets it. */
int
auth_client(struct request *req, struct buf *der)
{
	const char *verify = request_header(req, "X-Client-Verify");
	const char *cert = request_header(req, "X-Client-Certificate");

	if (verify == NULL || strcmp(verify, "NONE") == 0)
		return unauthenticated(
		    "this address takes a client certificate; none was shown");
	if (strcmp(verify, "SUCCESS") != 0)
		return err_set_code(ERR_DENIED, "CERTIFICATE_REFUSED",
		    "the client certificate was refused: %.100s", verify);
	if (cert == NULL)
		return ask_at(req);
	if (cert[0] == '\0')
		return unauthenticated("the client certificate is missing");
	return auth_certificate(cert, der);
}

/*
 * nginx has asked that when the TLS session began, which may be long ago: one
 * is gone on with by the next.
 */
static int
check_end(const struct buf *der, int64_t *ends)
{
	struct cert c;

	if (cert_parse(buf_span(der), &c) == -1)
		return unauthenticated(
		    "the client certificate could not be read");
	*ends = c.not_after;
	return clock_now() <= *ends
	    ? 0
	    : err_set_code(ERR_DENIED, "CERTIFICATE_REFUSED",
		  "the client certificate was refused: it has ended");
}

int
auth_client_sha256(struct request *req, uint8_t sha256[HASH_SIZE])
{
	struct buf der = BUF_EMPTY;
	int64_t ends;
	int rc;

	if (caller_certificate_kept(req, sha256))
		return 0;
	if ((rc = auth_client(req, &der)) == 0 &&
	    (rc = check_end(&der, &ends)) == 0) {
		hash_sha256(buf_span(&der), sha256);
		caller_certificate_keep(req, sha256, ends);
	}
	buf_free(&der);
	return rc;
}

static void
put_text(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from);
}

/* A renewed certificate supersedes the one before when it is used first. */
static int
use_renewed(struct request *req, const struct buf *der)
{
	struct db_args args = DB_ARGS_EMPTY;

	db_arg_bytes(&args, buf_span(der));
	return db_exec(req->db, "principal_renewal_use_do", &args) == -1 ? -1
									 : 0;
}

/* The principal that this certificate is registered for, and may it act? */
static int
find_principal(struct request *req, const struct buf *der)
{
	struct principal *p = &req->principal;
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	int rc = -1;

	db_arg_bytes(&args, buf_span(der));
	rows = db_query(req->db, "principal_by_certificate", &args);
	if (rows == NULL)
		return -1;
	if (rows_count(rows) == 0) {
		err_set_code(ERR_DENIED, "CERTIFICATE_NOT_REGISTERED",
		    "this certificate belongs to no principal of the register");
		goto out;
	}
	put_text(p->handle, sizeof(p->handle), row_text(rows, 0, 1));
	if (strcmp(row_text(rows, 0, 6), "issued") != 0)
		err_set_code(ERR_DENIED, "CERTIFICATE_REVOKED",
		    "the certificate of %s is %s", p->handle,
		    row_text(rows, 0, 6));
	else if (strcmp(row_text(rows, 0, 3), "active") != 0)
		err_set_code(ERR_DENIED, "PRINCIPAL_NOT_ACTIVE",
		    "the principal %s is %s", p->handle, row_text(rows, 0, 3));
	else if (strcmp(row_text(rows, 0, 8), "active") != 0)
		err_set_code(ERR_DENIED, "ORGANISATION_NOT_ACTIVE",
		    "the organisation %s is %s", row_text(rows, 0, 5),
		    row_text(rows, 0, 8));
	else {
		p->id = row_int(rows, 0, 0);
		p->role = role_parse(row_text(rows, 0, 2));
		p->organisation_id = row_int(rows, 0, 4);
		put_text(p->organisation, sizeof(p->organisation),
		    row_text(rows, 0, 5));
		put_text(p->organisation_kind, sizeof(p->organisation_kind),
		    row_text(rows, 0, 7));
		hash_sha256(buf_span(der), p->cert_sha256);
		rc = row_bool(rows, 0, 9) ? use_renewed(req, der) : 0;
	}
out:
	rows_free(rows);
	return rc;
}

int
auth_caller(const struct route *route, struct request *req)
{
	static struct buf der; /* kept: the statement is checked with it */
	char takes[ROLE_TEXT_MAX], has[ROLE_TEXT_MAX];

	if (route->flags & ROUTE_PUBLIC)
		return 0;
	buf_clear(&der);
	if (!(route->flags & ROUTE_CALLER_KEPT) || !caller_kept(req)) {
		if (auth_client(req, &der) == -1 ||
		    check_end(&der, &req->principal.ends) == -1 ||
		    find_principal(req, &der) == -1)
			return -1;
		req->certificate = buf_span(&der);
		if (route->flags & ROUTE_CALLER_KEPT)
			caller_keep(req);
	}
	if ((req->principal.role & route->roles) == 0)
		return err_set_code(ERR_DENIED, "ROLE_NOT_ALLOWED",
		    "this takes the role %s; %s has the role %s",
		    role_write(route->roles, takes), req->principal.handle,
		    role_write(req->principal.role, has));
	return 0;
}

/* The signature over the body, checked and kept (ROUTE_SIGNED). */
static int
take_statement(struct request *req)
{
	const char *jws = request_header(req, "Assay-Statement");
	struct db_args args = DB_ARGS_EMPTY;
	struct db_rows *rows;
	struct statement s;

	if (jws == NULL)
		return err_set_code(ERR_INPUT, "STATEMENT_MISSING",
		    "this act must be signed: header Assay-Statement");
	s = (struct statement){ .jws = span_str(jws),
		.body = req->body,
		.url = req->path,
		.certificate = req->certificate };
	if (statement_verify(&s, clock_now()) == -1)
		return -1;
	db_arg_text(&args, req->path);
	db_arg_bytes(&args, req->body);
	db_arg_text(&args, jws);
	rows = db_query_one(req->db, "statement_add", &args);
	if (rows == NULL)
		return -1;
	req->statement = s.jws;
	rows_free(rows);
	return 0;
}

static int
begin(const struct route *route, struct request *req)
{
	if (route->flags & (ROUTE_PUBLIC | ROUTE_NO_TRANSACTION))
		return 0;
	if (db_begin_as(req->db, req->principal.id) == -1)
		return -1;
	if (!(route->flags & ROUTE_SIGNED))
		return 0;
	if (take_statement(req) == 0)
		return 0;
	db_rollback(req->db);
	return -1;
}

static int
end(const struct route *route, struct request *req, int rc)
{
	(void)route;
	if (!db_in_transaction(req->db))
		return rc;
	if (rc == 0)
		return db_commit(req->db);
	db_rollback(req->db);
	return rc;
}

/* The database was started again in the middle: who only asks need not know. */
static bool
again(const struct route *route, const struct request *req)
{
	return route->method == METHOD_GET && err_kind() == ERR_BUSY &&
	    db_lost(req->db);
}

const struct route_guard auth_guard = { auth_caller, begin, end, again, false };
