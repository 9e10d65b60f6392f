/*
 * Receipts with what proves them, each refusal with the bundle that earns it.
 */

#include "tests/unit/test.h"

#include "base/enc.h"
#include "tests/unit/ca/registry/receipt_maker.h"

static json_t *
base64_of(struct span s)
{
	struct buf b = BUF_EMPTY;
	json_t *v;

	base64_encode(&b, s);
	v = json_string(buf_str(&b));
	buf_free(&b);
	return v;
}

static json_t *
a_bundle(void)
{
	struct buf jws = BUF_EMPTY;
	json_t *o;

	make(&(struct maker){ 0 }, &jws);
	o = json_pack("{s:s, s:[o,o], s:o, s:o}", "receipt", buf_str(&jws),
	    "signer", base64_of(signer.der), base64_of(access_ca.der), "crl",
	    base64_of(buf_span(&crl)), "root_crl",
	    base64_of(buf_span(&root_crl)));
	buf_free(&jws);
	return o;
}

/* "" or the code; takes the reference. */
static const char *
judge_bundle(json_t *o, struct receipt_proof *proof)
{
	static char said[48];
	char *text = json_dumps(o, JSON_COMPACT);
	struct receipt_bundle b;

	said[0] = '\0';
	if (receipt_bundle_parse(span_str(text), &b) == -1 ||
	    receipt_bundle_verify(&b, root.der, proof) == -1)
		(void)snprintf(said, sizeof(said), "%s", err_code());
	receipt_bundle_free(&b);
	free(text);
	json_decref(o);
	return said;
}

static void
a_bundle_proves_it_with_the_root_alone(void **state)
{
	struct receipt_proof proof;
	json_t *o = a_bundle();

	(void)state;
	assert_string_equal(judge_bundle(o, &proof), "");
	assert_int_equal(proof.signer_good_at, NOW - 60);
	assert_int_equal(proof.issuer_good_at, NOW - 60);
	o = a_bundle();
	json_object_del(o, "root_crl");
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
}

static void
a_bundle_is_written_as_it_is_read(void **state)
{
	struct buf out = BUF_EMPTY;
	struct receipt_bundle b;
	json_t *o = a_bundle(), *again;
	char *text = json_dumps(o, JSON_COMPACT);

	(void)state;
	assert_int_equal(receipt_bundle_parse(span_str(text), &b), 0);
	receipt_bundle_write(&b, &out);
	again = json_loads(buf_str(&out), 0, NULL);
	assert_true(json_equal(o, again));
	json_decref(again);
	receipt_bundle_free(&b);
	buf_free(&out);
	free(text);
	json_decref(o);
}

static void
refuses_a_bundle_with_parts_missing_or_damaged(void **state)
{
	static const char *const parts[] = { "receipt", "signer" };
	struct receipt_proof proof;
	struct receipt_bundle b;
	json_t *o;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		o = a_bundle();
		json_object_del(o, parts[i]);
		assert_string_equal(
		    judge_bundle(o, &proof), "RECEIPT_MALFORMED");
	}
	o = a_bundle();
	json_object_set_new(o, "crl", json_string("%"));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_MALFORMED");
	assert_int_equal(receipt_bundle_parse(span_str("[]"), &b), -1);
	receipt_bundle_free(&b);
	assert_int_equal(receipt_bundle_parse(span_str("{} "), &b), -1);
	receipt_bundle_free(&b);
	assert_int_equal(receipt_bundle_parse(span_str("{}x"), &b), -1);
	receipt_bundle_free(&b);
}

/* The signer in the CRL of its issuer. */
static const char *
judge_revoked(int64_t when, int reason, int64_t invalidity)
{
	struct receipt_proof proof;
	struct crl_entry e = { .when = when,
		.reason = reason,
		.invalidity = invalidity,
		.serial_length = signer.cert.serial.n };
	struct buf with = BUF_EMPTY;
	const char *said;
	json_t *o = a_bundle();

	memcpy(e.serial, signer.cert.serial.p, signer.cert.serial.n);
	list(&access_ca, URL "/crl/2/0.crl", CRL_USER_CERTS, &e, &with);
	json_object_set_new(o, "crl", base64_of(buf_span(&with)));
	said = judge_bundle(o, &proof);
	buf_free(&with);
	return said;
}

static void
a_signer_revoked_before_or_for_compromise_proves_nothing(void **state)
{
	(void)state;
	assert_string_equal(
	    judge_revoked(NOW - 1, 4, 0), "RECEIPT_SIGNER_REVOKED");
	assert_string_equal(
	    judge_revoked(NOW + DAY, 1, 0), "RECEIPT_SIGNER_REVOKED");
	assert_string_equal(
	    judge_revoked(NOW + DAY, 5, NOW - 1), "RECEIPT_SIGNER_REVOKED");
}

static void
a_signer_retired_later_still_proves_it(void **state)
{
	(void)state;
	assert_string_equal(judge_revoked(NOW + DAY, 5, 0), "");
	assert_string_equal(judge_revoked(NOW + DAY, 4, NOW + DAY), "");
}

static void
refuses_a_crl_that_does_not_tell(void **state)
{
	struct receipt_proof proof;
	struct buf other = BUF_EMPTY;
	json_t *o = a_bundle();

	(void)state;
	json_object_set_new(o, "crl", json_null());
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	/* of another CA */
	o = a_bundle();
	json_object_set_new(o, "crl", base64_of(buf_span(&root_crl)));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	/* of another shard */
	list(&access_ca, URL "/crl/2/1.crl", CRL_USER_CERTS, NULL, &other);
	o = a_bundle();
	json_object_set_new(o, "crl", base64_of(buf_span(&other)));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	/* of another kind of certificate */
	list(&access_ca, URL "/crl/2/0.crl", CRL_CA_CERTS, NULL, &other);
	o = a_bundle();
	json_object_set_new(o, "crl", base64_of(buf_span(&other)));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	/* damaged */
	other.p[other.n - 1] ^= 1;
	o = a_bundle();
	json_object_set_new(o, "crl", base64_of(buf_span(&other)));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	buf_free(&other);
}

static void
refuses_a_crl_that_had_ended_before(void **state)
{
	struct receipt_proof proof;
	struct buf jws = BUF_EMPTY;
	json_t *o = a_bundle();

	(void)state;
	make(&(struct maker){ .iat = NOW + 8 * DAY }, &jws);
	json_object_set_new(o, "receipt", json_string(buf_str(&jws)));
	assert_string_equal(judge_bundle(o, &proof), "RECEIPT_STATUS");
	buf_free(&jws);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bundle_proves_it_with_the_root_alone),
		cmocka_unit_test(a_bundle_is_written_as_it_is_read),
		cmocka_unit_test(
		    refuses_a_bundle_with_parts_missing_or_damaged),
		cmocka_unit_test(
		    a_signer_revoked_before_or_for_compromise_proves_nothing),
		cmocka_unit_test(a_signer_retired_later_still_proves_it),
		cmocka_unit_test(refuses_a_crl_that_does_not_tell),
		cmocka_unit_test(refuses_a_crl_that_had_ended_before),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
