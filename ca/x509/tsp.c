/*
 * Time-stamps as a client asks for them and as anybody verifies them.
 */

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

#include <string.h>
#include <time.h>

#include "base/err.h"
#include "x509/ossl.h"
#include "x509/tsp.h"

#define DIGEST 32

/* ---- asking */

static int
set_imprint(TS_REQ *r, const uint8_t *digest)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	unsigned char octets[DIGEST];
	int rc = -1;

	memcpy(octets, digest, DIGEST);
	if (imprint != NULL && algorithm != NULL &&
	    X509_ALGOR_set0(
		algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	    TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
	    TS_MSG_IMPRINT_set_msg(imprint, octets, DIGEST) == 1 &&
	    TS_REQ_set_msg_imprint(r, imprint) == 1)
		rc = 0;
	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return rc;
}

static ASN1_INTEGER *
number_of(const uint8_t nonce[TSP_NONCE])
{
	BIGNUM *bn = BN_bin2bn(nonce, TSP_NONCE, NULL);
	ASN1_INTEGER *i = BN_to_ASN1_INTEGER(bn, NULL);

	BN_free(bn);
	return i;
}

int
tsp_request_write(
    const uint8_t *digest, const uint8_t nonce[TSP_NONCE], struct buf *out)
{
	TS_REQ *r = TS_REQ_new();
	ASN1_INTEGER *number = number_of(nonce);
	unsigned char *der = NULL;
	int n, rc = -1;

	if (r == NULL || number == NULL || TS_REQ_set_version(r, 1) != 1 ||
	    set_imprint(r, digest) == -1 || TS_REQ_set_nonce(r, number) != 1 ||
	    TS_REQ_set_cert_req(r, 1) != 1 || (n = i2d_TS_REQ(r, &der)) <= 0)
		(void)x509_err("write a request for a time-stamp");
	else {
		buf_put(out, der, (size_t)n);
		rc = 0;
	}
	OPENSSL_free(der);
	ASN1_INTEGER_free(number);
	TS_REQ_free(r);
	return rc;
}

/* ---- the answer */

static int
not_ours(const char *why)
{
	ERR_clear_error();
	return err_set_code(
	    ERR_DENIED, "TIMESTAMP", "the time-stamp does not hold: %s", why);
}

static bool
is_of(TS_TST_INFO *info, const uint8_t *digest)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(imprint);
	const ASN1_OBJECT *name;

	X509_ALGOR_get0(&name, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	return OBJ_obj2nid(name) == NID_sha256 &&
	    ASN1_STRING_length(msg) == DIGEST &&
	    memcmp(ASN1_STRING_get0_data(msg), digest, DIGEST) == 0;
}

static bool
has_nonce(const TS_TST_INFO *info, const uint8_t nonce[TSP_NONCE])
{
	const ASN1_INTEGER *got = TS_TST_INFO_get_nonce(info);
	ASN1_INTEGER *want = number_of(nonce);
	bool same =
	    got != NULL && want != NULL && ASN1_INTEGER_cmp(got, want) == 0;

	ASN1_INTEGER_free(want);
	return same;
}

static int
put_token(PKCS7 *token, struct buf *out)
{
	unsigned char *der = NULL;
	int n = i2d_PKCS7(token, &der);

	if (n <= 0)
		return x509_err("write a time-stamp");
	buf_put(out, der, (size_t)n);
	OPENSSL_free(der);
	return 0;
}

static int
check_response(TS_RESP *r, const uint8_t *digest,
    const uint8_t nonce[TSP_NONCE], struct buf *token)
{
	long status = ASN1_INTEGER_get(
	    TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r)));
	TS_TST_INFO *info = TS_RESP_get_tst_info(r);

	if (status != 0 && status != 1) /* granted, with changes */
		return err_set_code(ERR_BUSY, "TIMESTAMP_REFUSED",
		    "the TSA refuses: status %ld", status);
	if (info == NULL || TS_RESP_get_token(r) == NULL)
		return not_ours("there is none in the response");
	if (!is_of(info, digest) || !has_nonce(info, nonce))
		return not_ours("it is of something else");
	return put_token(TS_RESP_get_token(r), token);
}

int
tsp_response_read(struct span response, const uint8_t *digest,
    const uint8_t nonce[TSP_NONCE], struct buf *token)
{
	const unsigned char *p = response.p;
	TS_RESP *r = d2i_TS_RESP(NULL, &p, (long)response.n);
	int rc;

	if (r == NULL || p != response.p + response.n) {
		ERR_clear_error();
		rc = err_set_code(ERR_INPUT, "TIMESTAMP_MALFORMED",
		    "what came is no response of a TSA");
	} else
		rc = check_response(r, digest, nonce, token);
	TS_RESP_free(r);
	return rc;
}

/* ---- verifying */

static X509_STORE *
store_of(struct span cas, int64_t when)
{
	BIO *bio = BIO_new_mem_buf(cas.p, (int)cas.n);
	X509_STORE *store = X509_STORE_new();
	X509 *ca;
	int n = 0;

	while (bio != NULL && store != NULL &&
	    (ca = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_cert(store, ca);
		X509_free(ca);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (n == 0) {
		X509_STORE_free(store);
		(void)err_set(ERR_INPUT,
		    "there is no certificate of a TSA's CA to trust");
		return NULL;
	}
	/* as of its own time: a TSA's certificate ends, a time-stamp does not
	 */
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)when);
	return store;
}

static int
verify(PKCS7 *token, const uint8_t *digest, X509_STORE *store)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	unsigned char *imprint = OPENSSL_memdup(digest, DIGEST);
	int rc;

	if (ctx == NULL || imprint == NULL) {
		OPENSSL_free(imprint);
		X509_STORE_free(store);
		TS_VERIFY_CTX_free(ctx);
		return x509_err("verify a time-stamp");
	}
	(void)TS_VERIFY_CTX_set_flags(
	    ctx, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE);
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
	(void)TS_VERIFY_CTX_set0_imprint(ctx, imprint, DIGEST);
	(void)TS_VERIFY_CTX_set0_store(ctx, store);
#else
	(void)TS_VERIFY_CTX_set_imprint(ctx, imprint, DIGEST);
	(void)TS_VERIFY_CTX_set_store(ctx, store);
#endif
	rc = TS_RESP_verify_token(ctx, token) == 1
	    ? 0
	    : not_ours("its TSA is not under the CA, or it was altered");
	TS_VERIFY_CTX_free(ctx); /* and what was put into it */
	return rc;
}

static int
when_of(const TS_TST_INFO *info, int64_t *when)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
		return not_ours("it has no time");
	*when = (int64_t)timegm(&tm);
	return 0;
}

int
tsp_token_verify(
    struct span token, const uint8_t *digest, struct span cas, int64_t *when)
{
	const unsigned char *p = token.p;
	PKCS7 *t = d2i_PKCS7(NULL, &p, (long)token.n);
	TS_TST_INFO *info = NULL;
	X509_STORE *store;
	int rc = -1;

	if (t == NULL || p != token.p + token.n ||
	    (info = PKCS7_to_TS_TST_INFO(t)) == NULL)
		(void)not_ours("it is no time-stamp");
	else if (when_of(info, when) == 0 &&
	    (store = store_of(cas, *when)) != NULL)
		rc = verify(t, digest, store);
	TS_TST_INFO_free(info);
	PKCS7_free(t);
	return rc;
}
