/*
 * OCSP as a client asks and hears.
 */

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include <string.h>
#include <time.h>

#include "base/err.h"
#include "x509/ocsp.h"
#include "x509/ossl.h"

#define EARLY 300 /* seconds that two clocks may be apart */

static X509 *
read_cert(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	if (x == NULL)
		(void)x509_err("read a certificate");
	return x;
}

/* NULL with err_set(). */
static OCSP_CERTID *
id_of(struct span cert, struct span issuer)
{
	X509 *c = read_cert(cert), *i = read_cert(issuer);
	OCSP_CERTID *id = NULL;

	if (c != NULL && i != NULL &&
	    (id = OCSP_cert_to_id(NULL, c, i)) == NULL)
		(void)x509_err("name a certificate");
	X509_free(c);
	X509_free(i);
	return id;
}

int
ocsp_request_write(struct span cert, struct span issuer, struct buf *out)
{
	OCSP_REQUEST *r = OCSP_REQUEST_new();
	OCSP_CERTID *id = id_of(cert, issuer);
	unsigned char *der = NULL;
	int n, rc = -1;

	if (id == NULL)
		goto out;
	if (r == NULL || OCSP_request_add0_id(r, id) == NULL) {
		OCSP_CERTID_free(id);
		x509_err("make an OCSP request");
		goto out;
	}
	if ((n = i2d_OCSP_REQUEST(r, &der)) <= 0) {
		x509_err("write an OCSP request");
		goto out;
	}
	buf_put(out, der, (size_t)n);
	rc = 0;
out:
	OPENSSL_free(der);
	OCSP_REQUEST_free(r);
	return rc;
}

static int
disbelieve(const char *why)
{
	return err_set_code(
	    ERR_DENIED, "OCSP_RESPONSE", "the OCSP response %s", why);
}

static int64_t
read_time(const ASN1_GENERALIZEDTIME *t)
{
	struct tm tm;

	if (t == NULL || !ASN1_TIME_to_tm(t, &tm))
		return 0;
	return (int64_t)timegm(&tm);
}

/* By the issuer itself or by one whom it has certified for that. */
static int
check_signature(OCSP_BASICRESP *b, struct span issuer, int64_t now)
{
	X509_STORE *store = X509_STORE_new();
	X509 *i = read_cert(issuer);
	int rc = -1;

	if (store == NULL || i == NULL || !X509_STORE_add_cert(store, i)) {
		x509_err("trust an issuer");
		goto out;
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)now);
	(void)X509_VERIFY_PARAM_set_flags(
	    X509_STORE_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN);
	if (OCSP_basic_verify(b, NULL, store, 0) == 1)
		rc = 0;
	else
		disbelieve("is not signed by the issuer or its delegate");
out:
	X509_free(i);
	X509_STORE_free(store);
	return rc;
}

static int
read_single(
    OCSP_BASICRESP *b, OCSP_CERTID *id, int64_t now, struct ocsp_told *t)
{
	ASN1_GENERALIZEDTIME *when, *this_update, *next_update;
	int status;

	if (!OCSP_resp_find_status(
		b, id, &status, &t->reason, &when, &this_update, &next_update))
		return disbelieve("is about another certificate");
	t->when = read_time(when);
	t->this_update = read_time(this_update);
	t->next_update = read_time(next_update);
	t->verdict = status == V_OCSP_CERTSTATUS_GOOD ? OCSP_IS_GOOD
	    : status == V_OCSP_CERTSTATUS_REVOKED     ? OCSP_IS_REVOKED
						      : OCSP_IS_UNKNOWN;
	if (t->this_update > now + EARLY)
		return disbelieve("is from the future");
	if (t->next_update <= now)
		return disbelieve("is over: its nextUpdate has passed");
	return 0;
}

int
ocsp_response_read(struct span response, struct span cert, struct span issuer,
    int64_t now, struct ocsp_told *t)
{
	const unsigned char *p = response.p;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)response.n);
	OCSP_BASICRESP *b = NULL;
	OCSP_CERTID *id = NULL;
	int rc = -1;

	memset(t, 0, sizeof(*t));
	if (r == NULL || p != response.p + response.n) {
		disbelieve("is malformed");
		goto out;
	}
	if (OCSP_response_status(r) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
		err_set_code(ERR_BUSY, "OCSP_NO_ANSWER",
		    "the OCSP responder says: %s",
		    OCSP_response_status_str(OCSP_response_status(r)));
		goto out;
	}
	if ((b = OCSP_response_get1_basic(r)) == NULL)
		disbelieve("is malformed");
	else if ((id = id_of(cert, issuer)) != NULL &&
	    check_signature(b, issuer, now) == 0)
		rc = read_single(b, id, now, t);
out:
	OCSP_CERTID_free(id);
	OCSP_BASICRESP_free(b);
	OCSP_RESPONSE_free(r);
	return rc;
}
