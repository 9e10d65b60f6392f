/*
 * OCSP where there are several issuers: one of ours, another of ours, and one
 * that is nobody's here.
 */

#include "ocsp_asked.h"

static void
is_not_authorized_for_a_foreign_issuer(void **state)
{
	OCSP_REQUEST *req = ask_for(stranger, GOOD);
	OCSP_BASICRESP *b;
	int reason;

	(void)state;
	assert_int_equal(refusal_of(req), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	req = OCSP_REQUEST_new();
	OCSP_request_add0_id(req, an_id(ca[0], 3, GOOD, EVP_sha384()));
	assert_int_equal(refusal_of(req), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	/*
	 * Beside one of ours it is unknown.  (OpenSSL believes a delegate only
	 * about one issuer in a response, so that is not looked at here.)
	 */
	req = ask_for(ca[0], GOOD);
	OCSP_request_add0_id(req, an_id(stranger, 3, GOOD, EVP_sha1()));
	b = ask_with(req, ca[0], OCSP_NOCHECKS);
	assert_int_equal(
	    status_of(b, 0, &reason, NULL), V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(
	    status_of(b, 1, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
}

/* Our certificate by ca[1] ends; by ca[0] it goes on. */
static void
answers_for_the_others_when_one_issuers_certificate_ended(void **state)
{
	struct ocsp_issuer *second = &signer->issuers[1];
	int64_t not_after = second->not_after;
	OCSP_REQUEST *req = ask_for(ca[0], REVOKED);
	OCSP_BASICRESP *b;
	int reason;

	(void)state;
	assert_int_equal(second->id, 4);
	status_set_checked(writer, NOW - 60);
	OCSP_request_add0_id(req, an_id(ca[1], 4, GOOD, EVP_sha1()));
	OCSP_request_add0_id(req, an_id(ca[0], 3, GOOD, EVP_sha1()));
	second->not_after = NOW;
	b = ask_with(req, ca[0], OCSP_NOCHECKS);
	assert_int_equal(
	    status_of(b, 0, &reason, NULL), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(
	    status_of(b, 1, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	assert_int_equal(
	    status_of(b, 2, &reason, NULL), V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(sk_X509_num(OCSP_resp_get0_certs(b)), 1);
	assert_int_equal(meta.next_update, NOW - 60 + OCSP_VALIDITY);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
	/* alone, or beside what is nobody's here, there is nothing to say */
	assert_int_equal(
	    refusal_of(ask_for(ca[1], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
	req = ask_for(stranger, GOOD);
	OCSP_request_add0_id(req, an_id(ca[1], 4, GOOD, EVP_sha1()));
	assert_int_equal(refusal_of(req), OCSP_RESPONSE_STATUS_TRYLATER);
	second->not_after = NOW + 1;
	req = ask_for(ca[1], GOOD);
	b = ask(req, ca[1]);
	assert_int_equal(meta.next_update, NOW + 1);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
	second->not_after = not_after;
}

/* Made by a clock that was ahead: nobody would believe it yet. */
static void
signs_with_no_certificate_that_is_yet_to_begin(void **state)
{
	struct ocsp_issuer *second = &signer->issuers[1];
	int64_t not_before = second->not_before;
	OCSP_REQUEST *req;
	OCSP_BASICRESP *b;

	(void)state;
	status_set_checked(writer, NOW - 60);
	second->not_before = NOW + 1;
	assert_int_equal(
	    refusal_of(ask_for(ca[1], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
	second->not_before = NOW;
	req = ask_for(ca[1], GOOD);
	b = ask(req, ca[1]);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
	second->not_before = not_before;
}

static void
refuses_a_certificate_that_is_not_for_it(void **state)
{
	unsigned char *a = NULL, *b = NULL;
	int n, m;

	(void)state;
	n = i2d_X509(ca[1], &a);
	m = i2d_X509(delegated[0], &b);
	/* by another issuer */
	assert_int_equal(ocsp_signer_add(signer, 4, span_of(a, (size_t)n),
			     span_of(b, (size_t)m)),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	/* of another key */
	assert_int_equal(ocsp_signer_add(signer, 4, span_of(a, (size_t)n),
			     span_of(a, (size_t)n)),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	OPENSSL_free(b);
	/* our key, but no OCSP signer */
	b = NULL;
	m = i2d_X509(stranger, &b);
	assert_int_equal(ocsp_signer_add(signer, 4, span_of(b, (size_t)m),
			     span_of(b, (size_t)m)),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	OPENSSL_free(a);
	OPENSSL_free(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_not_authorized_for_a_foreign_issuer),
		TEST(answers_for_the_others_when_one_issuers_certificate_ended),
		TEST(signs_with_no_certificate_that_is_yet_to_begin),
		TEST(refuses_a_certificate_that_is_not_for_it),
	};

	return cmocka_run_group_tests(tests, make_pki, end_pki);
}
