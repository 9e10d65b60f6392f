/*
 * OCSP as a client: our own responder asked, and what is not to be believed of
 * an answer.
 */

#include "tests/unit/ca/revoke/ocsp_world.h"

#include "x509/ocsp.h"

/* A certificate of the first CA with that index, DER; to be freed. */
static struct buf
a_leaf(uint64_t index)
{
	struct buf b = BUF_EMPTY;
	unsigned char *der = NULL;
	X509 *x = a_certificate(
	    ca[0], ca_key[1], ca_key[0], "Leaf", false, NOW + 86400);
	uint8_t serial[SERIAL_SIZE];
	BIGNUM *bn;
	int n;

	serial_make(responder.serials, 3, index, serial);
	bn = BN_bin2bn(serial, SERIAL_SIZE, NULL);
	(void)BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
	assert_true(X509_sign(x, ca_key[0], EVP_sha256()) > 0);
	n = i2d_X509(x, &der);
	buf_put(&b, der, (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
	return b;
}

static struct buf
der_of(X509 *x)
{
	struct buf b = BUF_EMPTY;
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	buf_put(&b, der, (size_t)n);
	OPENSSL_free(der);
	return b;
}

/* What the responder answers about that certificate. */
static struct buf
answer_about(const struct buf *leaf, const struct buf *issuer)
{
	struct buf request = BUF_EMPTY, out = BUF_EMPTY;
	struct ocsp_meta meta;

	assert_int_equal(
	    ocsp_request_write(buf_span(leaf), buf_span(issuer), &request), 0);
	ocsp_answer(&responder, buf_span(&request), NOW, &out, &meta);
	buf_free(&request);
	return out;
}

static int
ask(uint64_t index, int64_t at, struct ocsp_told *t)
{
	struct buf leaf = a_leaf(index), issuer = der_of(ca[0]);
	struct buf out = answer_about(&leaf, &issuer);
	int rc = ocsp_response_read(
	    buf_span(&out), buf_span(&leaf), buf_span(&issuer), at, t);

	buf_free(&leaf);
	buf_free(&issuer);
	buf_free(&out);
	return rc;
}

static void
hears_what_the_responder_says(void **state)
{
	struct ocsp_told t;

	(void)state;
	assert_int_equal(ask(GOOD, NOW, &t), 0);
	assert_int_equal(t.verdict, OCSP_IS_GOOD);
	assert_int_equal(t.this_update, NOW - 60);
	assert_int_equal(ask(REVOKED, NOW, &t), 0);
	assert_int_equal(t.verdict, OCSP_IS_REVOKED);
	assert_int_equal(t.reason, 1);
	assert_int_equal(t.when, NOW - 997);
	assert_int_equal(ask(HELD, NOW, &t), 0);
	assert_int_equal(t.reason, 6);
	assert_int_equal(ask(UNSPECIFIED, NOW, &t), 0);
	assert_int_equal(t.reason, -1);
}

static void
refuses_what_is_over_or_to_come(void **state)
{
	struct ocsp_told t;

	(void)state;
	assert_int_equal(ask(GOOD, NOW + OCSP_VALIDITY, &t), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_int_equal(ask(GOOD, NOW - 60 - 301, &t), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
}

static void
refuses_an_answer_about_another_certificate(void **state)
{
	struct buf leaf = a_leaf(GOOD), other = a_leaf(REVOKED);
	struct buf issuer = der_of(ca[0]);
	struct buf out = answer_about(&leaf, &issuer);
	struct ocsp_told t;

	(void)state;
	assert_int_equal(ocsp_response_read(buf_span(&out), buf_span(&other),
			     buf_span(&issuer), NOW, &t),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	buf_free(&leaf);
	buf_free(&other);
	buf_free(&issuer);
	buf_free(&out);
}

static void
refuses_an_answer_that_another_ca_signed(void **state)
{
	struct buf leaf = a_leaf(GOOD), issuer = der_of(ca[0]);
	struct buf other = der_of(ca[1]);
	struct buf out = answer_about(&leaf, &issuer);
	struct ocsp_told t;

	(void)state;
	assert_int_equal(ocsp_response_read(buf_span(&out), buf_span(&leaf),
			     buf_span(&other), NOW, &t),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	buf_free(&leaf);
	buf_free(&issuer);
	buf_free(&other);
	buf_free(&out);
}

/* Whatever octet is altered and wherever it is cut: nothing is believed. */
static void
believes_nothing_that_was_altered(void **state)
{
	struct buf leaf = a_leaf(GOOD), issuer = der_of(ca[0]);
	struct buf out = answer_about(&leaf, &issuer);
	struct ocsp_told t;
	size_t i;

	(void)state;
	for (i = 0; i < out.n; i++) {
		out.p[i] ^= 1;
		if (ocsp_response_read(buf_span(&out), buf_span(&leaf),
			buf_span(&issuer), NOW, &t) == 0)
			assert_int_equal(t.verdict, OCSP_IS_GOOD);
		out.p[i] ^= 1;
		assert_int_equal(
		    ocsp_response_read(span_of(out.p, i), buf_span(&leaf),
			buf_span(&issuer), NOW, &t),
		    -1);
	}
	buf_putc(&out, 0);
	assert_int_equal(ocsp_response_read(buf_span(&out), buf_span(&leaf),
			     buf_span(&issuer), NOW, &t),
	    -1);
	buf_free(&leaf);
	buf_free(&issuer);
	buf_free(&out);
}

static void
tells_a_responder_that_cannot_answer_from_one_that_lies(void **state)
{
	struct ocsp_told t;

	(void)state;
	status_withhold(writer);
	assert_int_equal(ask(GOOD, NOW, &t), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_int_equal(ask(REVOKED, NOW, &t), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	status_set_checked(writer, NOW - 60);
	assert_int_equal(ask(GOOD, NOW, &t), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hears_what_the_responder_says),
		TEST(refuses_what_is_over_or_to_come),
		TEST(refuses_an_answer_about_another_certificate),
		TEST(refuses_an_answer_that_another_ca_signed),
		TEST(believes_nothing_that_was_altered),
		TEST(tells_a_responder_that_cannot_answer_from_one_that_lies),
	};

	return cmocka_run_group_tests(tests, make_pki, end_pki);
}
