/*
 * Receipts, each refusal with the receipt that earns it.
 */

#include "tests/unit/test.h"

#include "base/enc.h"
#include "tests/unit/ca/registry/receipt_maker.h"

/* Parse and verify; "" when it holds, or the code. */
static const char *
judge(const struct maker *m, const struct party *shown, struct span anchor)
{
	static char said[48];
	struct receipt_text r;
	struct buf jws = BUF_EMPTY;

	make(m, &jws);
	if (receipt_text_parse(buf_span(&jws), &r) == -1 ||
	    receipt_text_verify(&r, shown->der, access_ca.der, anchor) == -1)
		(void)snprintf(said, sizeof(said), "%s", err_code());
	else
		said[0] = '\0';
	receipt_text_free(&r);
	buf_free(&jws);
	return said;
}

static void
a_good_receipt_holds_and_tells_what_it_says(void **state)
{
	struct receipt_text r;
	struct buf jws = BUF_EMPTY;

	(void)state;
	make(&(struct maker){ 0 }, &jws);
	assert_int_equal(receipt_text_parse(buf_span(&jws), &r), 0);
	assert_string_equal(r.verdict, "permit");
	assert_string_equal(r.audience, "mobilfunk");
	assert_int_equal(r.iat, NOW);
	assert_int_equal(r.exp, NOW + RECEIPT_SECONDS);
	assert_int_equal(
	    receipt_text_verify(&r, signer.der, access_ca.der, root.der), 0);
	receipt_text_free(&r);
	buf_free(&jws);
}

static void
refuses_what_another_key_signed(void **state)
{
	(void)state;
	assert_string_equal(
	    judge(&(struct maker){ .signs = &person }, &signer, root.der),
	    "RECEIPT_SIGNATURE");
}

static void
refuses_an_altered_verdict(void **state)
{
	struct buf jws = BUF_EMPTY, other = BUF_EMPTY, payload = BUF_EMPTY;
	struct receipt_text r;
	char *claims = good_claims(NOW), *dots[2];

	(void)state;
	make(&(struct maker){ 0 }, &jws);
	memcpy(strstr(claims, "permit"), "refuse", 6);
	base64url_encode(&payload, span_str(claims));
	(void)buf_str(&jws);
	dots[0] = strchr((char *)jws.p, '.');
	dots[1] = strrchr((char *)jws.p, '.');
	buf_put(&other, jws.p, (size_t)(dots[0] + 1 - (char *)jws.p));
	buf_put_span(&other, buf_span(&payload));
	buf_puts(&other, dots[1]);
	assert_int_equal(receipt_text_parse(buf_span(&other), &r), 0);
	assert_string_equal(r.verdict, "refuse");
	assert_int_equal(
	    receipt_text_verify(&r, signer.der, access_ca.der, root.der), -1);
	assert_string_equal(err_code(), "RECEIPT_SIGNATURE");
	receipt_text_free(&r);
	buf_free(&jws);
	buf_free(&other);
	buf_free(&payload);
	free(claims);
}

static void
refuses_a_signer_that_is_none(void **state)
{
	(void)state;
	/* a person's certificate, a stranger's root */
	assert_string_equal(
	    judge(&(struct maker){ .named = &person }, &person, root.der),
	    "RECEIPT_SIGNER");
	assert_string_equal(judge(&(struct maker){ 0 }, &signer, stranger.der),
	    "RECEIPT_SIGNER");
	/* another certificate than the one that it names */
	assert_string_equal(
	    judge(&(struct maker){ .named = &person, .signs = &signer },
		&signer, root.der),
	    "RECEIPT_SIGNER");
}

static void
judges_the_signer_as_of_the_receipt(void **state)
{
	(void)state;
	assert_string_equal(
	    judge(&(struct maker){ .iat = NOW + 31 * DAY }, &signer, root.der),
	    "RECEIPT_SIGNER");
	assert_string_equal(
	    judge(&(struct maker){ .iat = NOW - 2 * DAY }, &signer, root.der),
	    "RECEIPT_SIGNER");
	assert_string_equal(
	    judge(&(struct maker){ .iat = NOW + 20 * DAY }, &signer, root.der),
	    "");
}

static void
refuses_what_is_no_receipt(void **state)
{
	static const char *const payloads[] = {
		"{}",
		"[]",
		"{\"iat\":1}",
		"{\"iat\":2,\"exp\":1,\"iss\":\"a\",\"aud\":\"b\",\"jti\":"
		"\"c\"}",
		"{\"iat\":1,\"exp\":2,\"iss\":\"a\",\"aud\":\"b\"}",
		"{\"iat\":1,\"exp\":2,\"iss\":\"a\",\"aud\":\"b\",\"jti\":"
		"\"c\"}",
		"{\"iat\":1,\"exp\":2,\"iss\":\"a\",\"aud\":\"b\",\"jti\":"
		"\"c\",\"decision\":{\"verdict\":\"perhaps\",\"purpose\":"
		"\"p\",\"mode\":\"m\"}}",
		"{\"iat\":1,\"iat\":1,\"exp\":2}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		assert_string_equal(
		    judge(&(struct maker){ .payload = payloads[i] }, &signer,
			root.der),
		    "RECEIPT_MALFORMED");
	assert_string_equal(
	    judge(&(struct maker){ .typ = "JWT" }, &signer, root.der),
	    "RECEIPT_MALFORMED");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_receipt_holds_and_tells_what_it_says),
		cmocka_unit_test(refuses_what_another_key_signed),
		cmocka_unit_test(refuses_an_altered_verdict),
		cmocka_unit_test(refuses_a_signer_that_is_none),
		cmocka_unit_test(judges_the_signer_as_of_the_receipt),
		cmocka_unit_test(refuses_what_is_no_receipt),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
