/*
 * OCSP answers as OpenSSL's client sees them: requests are made, and responses
 * verified and read, by code that nobody here wrote.
 */

#include "ocsp_asked.h"

static void
says_good_revoked_and_held(void **state)
{
	int64_t when;
	int reason;

	(void)state;
	assert_int_equal(
	    status_for(GOOD, &reason, &when), V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(
	    status_for(REVOKED, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
	assert_int_equal(when, NOW - 1000 + 3);
	assert_int_equal(
	    status_for(HELD, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_CERTIFICATEHOLD);
	assert_int_equal(
	    status_for(UNSPECIFIED, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, -1); /* unspecified is left out */
}

static void
never_says_good_for_what_was_not_issued(void **state)
{
	OCSP_REQUEST *req = OCSP_REQUEST_new();
	OCSP_BASICRESP *b;
	int i, reason;

	(void)state;
	assert_int_equal(
	    status_for(VOID, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	assert_int_equal(
	    status_for(NEVER, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	/* of the other issuer: the serial says whose it is */
	OCSP_request_add0_id(req, an_id(ca[1], 3, GOOD, EVP_sha1()));
	OCSP_request_add0_id(req, an_id(ca[1], 4, GOOD, EVP_sha1()));
	OCSP_request_add0_id(req, an_id(ca[1], 9999, GOOD, EVP_sha1()));
	b = ask(req, ca[1]);
	for (i = 0; i < 3; i++)
		assert_int_equal(
		    status_of(b, i, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
}

static void
shows_a_measure_against_a_model_at_once(void **state)
{
	int64_t when;
	int reason;

	(void)state;
	apply(EVENT_COHORT_HELD, 0, 0, 0);
	assert_int_equal(
	    status_for(GOOD, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_CERTIFICATEHOLD);
	assert_int_equal(
	    status_for(REVOKED, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
	apply(EVENT_COHORT_RELEASED, 0, 0, 0);
	assert_int_equal(
	    status_for(GOOD, &reason, &when), V_OCSP_CERTSTATUS_GOOD);
}

static void
shows_a_model_that_a_measure_revoked(void **state)
{
	int64_t when, again;
	int reason;

	(void)state;
	apply(EVENT_COHORT_REVOKED, 0, 0, 9);
	assert_int_equal(
	    status_for(GOOD, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_PRIVILEGEWITHDRAWN);
	apply(EVENT_COHORT_RELEASED, 0, 0, 0);
	assert_int_equal(
	    status_for(GOOD, &reason, &again), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(when, again);
	/* what is on hold by itself is revoked; what was never issued is not */
	assert_int_equal(
	    status_for(HELD, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_PRIVILEGEWITHDRAWN);
	assert_int_equal(
	    status_for(REVOKED, &reason, &when), V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
	assert_int_equal(
	    status_for(VOID, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
	assert_int_equal(
	    status_for(NEVER, &reason, NULL), V_OCSP_CERTSTATUS_UNKNOWN);
}

static void
answers_several_in_the_order_asked(void **state)
{
	static const uint64_t index[] = { REVOKED, GOOD, NEVER };
	static const int wanted[] = { V_OCSP_CERTSTATUS_REVOKED,
		V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_UNKNOWN };
	OCSP_REQUEST *req = OCSP_REQUEST_new();
	OCSP_CERTID *ids[3];
	OCSP_BASICRESP *b;
	int i, reason;

	(void)state;
	for (i = 0; i < 3; i++) {
		ids[i] = an_id(
		    ca[0], 3, index[i], i == 1 ? EVP_sha256() : EVP_sha1());
		OCSP_request_add0_id(req, ids[i]);
	}
	b = ask(req, ca[0]);
	assert_int_equal(OCSP_resp_count(b), 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(OCSP_resp_find(b, ids[i], -1), i);
		assert_int_equal(status_of(b, i, &reason, NULL), wanted[i]);
	}
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
}

static void
echoes_the_nonce(void **state)
{
	uint8_t nonce[128];
	OCSP_REQUEST *req;
	OCSP_BASICRESP *b;
	int n;

	(void)state;
	memset(nonce, 0xa5, sizeof(nonce));
	for (n = 1; n <= 128; n += 127 / 4) {
		req = ask_for(ca[0], GOOD);
		OCSP_request_add1_nonce(req, nonce, n);
		b = ask(req, ca[0]);
		assert_int_equal(OCSP_check_nonce(req, b), 1);
		assert_true(meta.nonce);
		OCSP_BASICRESP_free(b);
		OCSP_REQUEST_free(req);
	}
	req = ask_for(ca[0], GOOD);
	b = ask(req, ca[0]);
	assert_int_equal(OCSP_check_nonce(req, b), 2); /* in neither */
	assert_false(meta.nonce);
	OCSP_BASICRESP_free(b);
	OCSP_REQUEST_free(req);
}

static void
calls_malformed_what_is_malformed(void **state)
{
	struct buf out = BUF_EMPTY;

	(void)state;
	ocsp_answer(&responder, span_str("hello"), NOW, &out, &meta);
	assert_int_equal(meta.status, OCSP_MALFORMED_REQUEST);
	assert_memory_equal(out.p, "\x30\x03\x0a\x01\x01", 5);
	buf_free(&out);
}

static void
asks_to_try_later_rather_than_guess(void **state)
{
	struct status *index = responder.index;

	(void)state;
	responder.index = NULL;
	assert_int_equal(
	    refusal_of(ask_for(ca[0], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
	responder.index = index;
	/* the follower has not been seen for longer than one may be behind */
	responder.most_behind = 59;
	assert_int_equal(
	    refusal_of(ask_for(ca[0], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
	responder.most_behind = OCSP_VALIDITY;
	responder.validity = 60;
	assert_int_equal(
	    refusal_of(ask_for(ca[0], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
	responder.validity = OCSP_VALIDITY;
	status_set_checked(writer, NOW - OCSP_VALIDITY);
	assert_int_equal(
	    refusal_of(ask_for(ca[0], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
}

/* By a clock that was ahead, when whoever wrote it died: it would be fresh for
 * a year, and know of no revocation in it. */
static void
believes_no_index_that_was_looked_at_tomorrow(void **state)
{
	OCSP_REQUEST *req = ask_for(ca[0], GOOD);
	struct buf out;

	(void)state;
	status_set_checked(writer, NOW + 60);
	out = answer_octets(req);
	assert_int_equal(meta.status, OCSP_SUCCESSFUL);
	assert_int_equal(meta.this_update, NOW);
	buf_free(&out);
	OCSP_REQUEST_free(req);
	status_set_checked(writer, NOW + 61);
	assert_int_equal(
	    refusal_of(ask_for(ca[0], GOOD)), OCSP_RESPONSE_STATUS_TRYLATER);
}

static void
is_valid_no_longer_than_its_knowledge_and_its_certificate(void **state)
{
	struct buf out;
	OCSP_REQUEST *req = ask_for(ca[0], GOOD);

	(void)state;
	out = answer_octets(req);
	buf_free(&out);
	assert_int_equal(meta.this_update, NOW - 60);
	assert_int_equal(meta.next_update, NOW - 60 + OCSP_VALIDITY);
	responder.validity = responder.most_behind = 30 * 86400;
	out = answer_octets(req);
	buf_free(&out);
	assert_int_equal(meta.next_update, NOW + 5 * 86400);
	OCSP_REQUEST_free(req);
}

static bool
same_answer_twice(OCSP_REQUEST *req)
{
	struct buf a = answer_octets(req), b = answer_octets(req);
	bool same = span_equal(buf_span(&a), buf_span(&b));

	buf_free(&a);
	buf_free(&b);
	return same;
}

static void
keeps_a_response_until_the_status_changes(void **state)
{
	OCSP_REQUEST *req = ask_for(ca[0], GOOD);
	struct buf before, after;
	int reason;

	(void)state;
	assert_false(same_answer_twice(req)); /* ECDSA draws a number each */
	responder.kept = ocsp_kept_new(64);
	assert_true(same_answer_twice(req));
	before = answer_octets(req);
	apply(EVENT_REVOKED, GOOD, 1, 4);
	after = answer_octets(req);
	assert_false(span_equal(buf_span(&before), buf_span(&after)));
	assert_int_equal(
	    status_for(GOOD, &reason, NULL), V_OCSP_CERTSTATUS_REVOKED);
	buf_free(&before);
	buf_free(&after);
	/* a newer moment, after half of its life */
	status_set_checked(writer, NOW);
	before = answer_octets(req);
	assert_int_equal(meta.this_update, NOW - 60);
	buf_free(&before);
	responder.validity = 100;
	ocsp_kept_clear(responder.kept);
	before = answer_octets(req);
	assert_int_equal(meta.next_update, NOW + 100);
	buf_free(&before);
	OCSP_REQUEST_free(req);
	req = ask_for(ca[0], GOOD);
	OCSP_request_add1_nonce(req, NULL, 16);
	assert_false(same_answer_twice(req));
	OCSP_REQUEST_free(req);
}

static void
expect_nothing_good(struct span request)
{
	struct buf out = BUF_EMPTY;
	OCSP_RESPONSE *r;
	OCSP_BASICRESP *b;
	int i, reason;

	ocsp_answer(&responder, request, NOW, &out, &meta);
	r = read_response(buf_span(&out));
	b = OCSP_response_status(r) == 0 ? OCSP_response_get1_basic(r) : NULL;
	for (i = 0; b != NULL && i < OCSP_resp_count(b); i++)
		assert_int_not_equal(
		    status_of(b, i, &reason, NULL), V_OCSP_CERTSTATUS_GOOD);
	OCSP_BASICRESP_free(b);
	OCSP_RESPONSE_free(r);
	buf_free(&out);
}

static void
no_bent_request_about_a_revoked_one_is_answered_good(void **state)
{
	OCSP_REQUEST *req = ask_for(ca[0], REVOKED);
	unsigned char *der = NULL, *bent;
	size_t n, i;

	(void)state;
	OCSP_request_add1_nonce(req, NULL, 16);
	n = (size_t)i2d_OCSP_REQUEST(req, &der);
	bent = xcalloc(1, n);
	for (i = 0; i < n; i++)
		expect_nothing_good(span_of(der, i));
	for (i = 0; i < n * 8; i++) {
		memcpy(bent, der, n);
		bent[i / 8] ^= (uint8_t)(1 << i % 8);
		expect_nothing_good(span_of(bent, n));
	}
	free(bent);
	OPENSSL_free(der);
	OCSP_REQUEST_free(req);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_good_revoked_and_held),
		TEST(never_says_good_for_what_was_not_issued),
		TEST(shows_a_measure_against_a_model_at_once),
		TEST(shows_a_model_that_a_measure_revoked),
		TEST(answers_several_in_the_order_asked),
		TEST(echoes_the_nonce),
		TEST(calls_malformed_what_is_malformed),
		TEST(asks_to_try_later_rather_than_guess),
		TEST(believes_no_index_that_was_looked_at_tomorrow),
		TEST(is_valid_no_longer_than_its_knowledge_and_its_certificate),
		TEST(keeps_a_response_until_the_status_changes),
		TEST(no_bent_request_about_a_revoked_one_is_answered_good),
	};

	return cmocka_run_group_tests(tests, make_pki, end_pki);
}
