#ifndef UNIT_OCSP_ASKED_H
#define UNIT_OCSP_ASKED_H

/*
 * OCSP answers as OpenSSL's client sees them: requests are made, and responses
 * verified and read, by code that nobody here wrote.
 */

#include "ocsp_world.h"

static struct ocsp_meta meta;

/* The response's octets; the caller frees. */
static struct buf
answer_octets(OCSP_REQUEST *req)
{
	struct buf out = BUF_EMPTY;
	unsigned char *der = NULL;
	int n = i2d_OCSP_REQUEST(req, &der);

	ocsp_answer(&responder, span_of(der, (size_t)n), NOW, &out, &meta);
	OPENSSL_free(der);
	return out;
}

static OCSP_RESPONSE *
read_response(struct span s)
{
	const unsigned char *p = s.p;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)s.n);

	assert_non_null(r);
	assert_ptr_equal(p, s.p + s.n);
	return r;
}

static OCSP_BASICRESP *
ask_with(OCSP_REQUEST *req, X509 *trusted, unsigned long flags)
{
	struct buf out = answer_octets(req);
	OCSP_RESPONSE *r = read_response(buf_span(&out));
	X509_STORE *store = X509_STORE_new();
	OCSP_BASICRESP *basic;

	assert_int_equal(OCSP_response_status(r), 0);
	basic = OCSP_response_get1_basic(r);
	assert_non_null(basic);
	X509_STORE_add_cert(store, trusted);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW);
	assert_int_equal(OCSP_basic_verify(basic, NULL, store, flags), 1);
	X509_STORE_free(store);
	OCSP_RESPONSE_free(r);
	buf_free(&out);
	return basic;
}

/* Ask, verify against this CA, hand out what was said. */
static OCSP_BASICRESP *
ask(OCSP_REQUEST *req, X509 *trusted)
{
	return ask_with(req, trusted, 0);
}

static int64_t
seconds(const ASN1_GENERALIZEDTIME *t)
{
	struct tm tm;

	assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
	return (int64_t)timegm(&tm);
}

static int
status_of(OCSP_BASICRESP *b, int i, int *reason, int64_t *when)
{
	ASN1_GENERALIZEDTIME *revoked = NULL, *from, *until;
	int status = OCSP_single_get0_status(
	    OCSP_resp_get0(b, i), reason, &revoked, &from, &until);

	if (when != NULL)
		*when = revoked == NULL ? 0 : seconds(revoked);
	assert_int_equal(seconds(from), NOW - 60);
	return status;
}

__attribute__((unused)) static int
status_for(uint64_t index, int *reason, int64_t *when)
{
	OCSP_REQUEST *req = ask_for(ca[0], index);
	OCSP_BASICRESP *b = ask(req, ca[0]);
	int status = status_of(b, 0, reason, when);

	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
	return status;
}

static int
refusal_of(OCSP_REQUEST *req)
{
	struct buf out = answer_octets(req);
	OCSP_RESPONSE *r = read_response(buf_span(&out));
	int status = OCSP_response_status(r);

	assert_int_equal(out.n, 5);
	assert_int_equal((int)meta.status, status);
	OCSP_RESPONSE_free(r);
	OCSP_REQUEST_free(req);
	buf_free(&out);
	return status;
}

#endif
