/*
 * Receipts and their bundles, each refusal with the bundle that earns it.
 */

#include "../../test.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "issue/template.h"
#include "policy/receipt.h"
#include "registry/receipt.h"
#include "x509/crl.h"
#include "x509/crl_read.h"

#define NOW INT64_C(1795485784)
#define DAY 86400
#define URL "http://127.0.0.1:8080"

/* ---- a small PKI */

struct party {
	struct key *key;
	uint8_t space[CERT_MAX];
	struct span der;
	struct cert cert;
};

static struct profiles *profiles;
static struct party root, access_ca, signer, person, stranger;
static struct buf crl, root_crl;

static void
certify(struct party *p, const struct party *issuer, enum profile_kind kind,
    uint64_t index, int64_t at)
{
	const struct profile *profile = profile_get(profiles, kind);
	uint8_t serial[9] = { 1, (uint8_t)kind, (uint8_t)index };
	struct template_spec spec = {
		.profile = profile,
		.issuer = issuer != NULL ? &issuer->cert : NULL,
		.issuer_key = issuer != NULL ? issuer->key : NULL,
		.issuer_id = issuer == &access_ca ? 2 : TEMPLATE_ROOT_ID,
		.public_url = URL,
		.crl_shard = issuer == &access_ca ? 65536 : 0,
		.country = "DE",
		.organisation = "body",
		.unit = kind == PROFILE_ACCESS ? "reader" : NULL,
		.common_name = kind == PROFILE_ROOT ? "Root" : "Somebody",
	};
	struct template_row row = {
		.serial = span_of(serial, sizeof(serial)),
		.index = index,
	};
	struct template *t;

	p->key = key_generate(profile->key);
	row.key = key_kind(p->key);
	row.point = key_point(p->key);
	if (issuer == NULL)
		spec.issuer_key = p->key;
	profile_dates(profile, at, &spec.not_before, &spec.not_after);
	if ((t = template_new(&spec)) == NULL)
		fail_msg("%s", err_text());
	if (template_build(t, &row, p->space, CERT_MAX, &p->der) == -1 ||
	    cert_parse(p->der, &p->cert) == -1)
		fail_msg("%s", err_text());
	template_free(t);
}

static void
list(const struct party *ca, const char *url, enum crl_scope scope,
    const struct crl_entry *entry, struct buf *out)
{
	struct crl_array array = { .entries = entry, .n = entry != NULL };
	struct crl_spec spec = {
		.issuer = &ca->cert,
		.key = ca->key,
		.number = 7,
		.this_update = NOW - 60,
		.next_update = NOW + 7 * DAY,
		.url = url,
		.scope = scope,
		.list = &array,
		.rewind = crl_array_rewind,
		.next = crl_array_next,
	};

	buf_clear(out);
	if (crl_build(&spec, out) == -1)
		fail_msg("%s", err_text());
}

static int
setup(void **state)
{
	(void)state;
	if ((profiles = profiles_load("conf/profiles.cnf")) == NULL)
		fail_msg("%s", err_text());
	certify(&root, NULL, PROFILE_ROOT, 0, NOW - 100 * DAY);
	certify(&access_ca, &root, PROFILE_ACCESS_CA, 1, NOW - 50 * DAY);
	certify(&signer, &access_ca, PROFILE_RECEIPT_SIGNER, 1, NOW - DAY);
	certify(&person, &access_ca, PROFILE_ACCESS, 2, NOW - DAY);
	certify(&stranger, NULL, PROFILE_ROOT, 0, NOW - 100 * DAY);
	list(&access_ca, URL "/crl/2/0.crl", CRL_USER_CERTS, NULL, &crl);
	list(&root, URL "/crl/root.crl", CRL_CA_CERTS, NULL, &root_crl);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	key_free(root.key);
	key_free(access_ca.key);
	key_free(signer.key);
	key_free(person.key);
	key_free(stranger.key);
	buf_free(&crl);
	buf_free(&root_crl);
	profiles_free(profiles);
	return 0;
}

/* ---- a receipt, and what may be wrong with it */

struct maker {
	const struct party *named, *signs; /* NULL: signer */
	const char *typ;		   /* NULL: eat+jwt */
	const char *payload;		   /* NULL: good claims */
	int64_t iat;			   /* 0: NOW */
};

static char *
good_claims(int64_t iat)
{
	static const struct facts facts;
	static const struct verdict verdict = { .kind = VERDICT_PERMIT };
	struct receipt r = {
		.issuer = "https://127.0.0.1:8443",
		.operator= "mobilfunk",
		.id = "0b1f6a1e-6a5e-4a55-9d0e-8f1f4b6f2d11",
		.now = iat,
		.request_id = "5e0f4d1e-2b7c-4c1a-8f6e-0a1b2c3d4e5f",
		.purpose = "initial_download",
		.mode = "tre_and_platform",
		.facts = &facts,
		.verdict = &verdict,
	};
	json_t *claims = receipt_claims(&r);
	char *text = json_dumps(claims, JSON_COMPACT);

	json_decref(claims);
	return text;
}

static void
make(const struct maker *m, struct buf *jws)
{
	const struct party *named = m->named != NULL ? m->named : &signer;
	const struct party *signs = m->signs != NULL ? m->signs : named;
	char *claims = good_claims(m->iat != 0 ? m->iat : NOW);
	char thumbprint[44], *header;

	jws_thumbprint(named->der, thumbprint);
	header =
	    xasprintf("{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5t#S256\":\"%s\"}",
		m->typ != NULL ? m->typ : "eat+jwt", thumbprint);
	assert_int_equal(
	    jws_sign(signs->key, header,
		span_str(m->payload != NULL ? m->payload : claims), jws),
	    0);
	free(claims);
	free(header);
}

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

/* ---- bundles */

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
	assert_string_equal(judge_bundle(o, &proof), "");
	assert_int_equal(proof.issuer_good_at, 0);
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
		cmocka_unit_test(a_good_receipt_holds_and_tells_what_it_says),
		cmocka_unit_test(refuses_what_another_key_signed),
		cmocka_unit_test(refuses_an_altered_verdict),
		cmocka_unit_test(refuses_a_signer_that_is_none),
		cmocka_unit_test(judges_the_signer_as_of_the_receipt),
		cmocka_unit_test(refuses_what_is_no_receipt),
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
