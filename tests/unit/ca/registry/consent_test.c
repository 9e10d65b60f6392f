/*
 * Consents: made, read again, and each way in which one does not hold.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/jws.h"
#include "key/uuid.h"
#include "registry/consent.h"
#include "tests/unit/pki.h"

#define ID "0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c11"
#define PAYLOAD                                                                \
	"{\"iss\":\"mobilfunk\",\"target\":\"fernfunk\","                      \
	"\"aud\":\"https://body.example\",\"jti\":\"" ID "\","                 \
	"\"iat\":1795500000,\"exp\":1795503600,\"certificate_sha256\":"        \
	"\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"" \
	"}"

/* an operator's system, another's, and the CA of both */
static struct pki pki;
static struct key *key, *other_key;
static struct buf operator, other;

static void
certify(uint64_t index, const struct key *k, struct buf *der)
{
	struct template_spec s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);

	s.unit = "operator";
	s.common_name = "hlr";
	pki_build(&pki, &s, index, key_point(k), der);
}

static int
set_up(void **state)
{
	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	other_key = key_generate(KEY_P256);
	certify(1, key, &operator);
	certify(2, other_key, &other);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	key_free(other_key);
	buf_free(&operator);
	buf_free(&other);
	return 0;
}

static void
build(int64_t iat, int64_t exp, struct buf *jws)
{
	struct consent made = { .issuer = "mobilfunk",
		.target = "fernfunk",
		.audience = "https://body.example",
		.id = ID,
		.iat = iat,
		.exp = exp,
		.certificate_sha256 = { 1, 2, 3 } };

	assert_int_equal(
	    consent_build(&made, key, buf_span(&operator), jws), 0);
}

static void
reads_what_an_operator_signed(void **state)
{
	struct buf jws = BUF_EMPTY;
	uint8_t digest[32];
	struct consent c;

	(void)state;
	build(PKI_NOW, PKI_NOW + 3600, &jws);
	assert_int_equal(consent_parse(buf_span(&jws), &c), 0);
	assert_int_equal(consent_verify(&c, buf_span(&operator), PKI_NOW), 0);
	assert_string_equal(c.issuer, "mobilfunk");
	assert_string_equal(c.target, "fernfunk");
	assert_string_equal(c.audience, "https://body.example");
	assert_string_equal(c.id, ID);
	assert_int_equal(c.exp - c.iat, 3600);
	assert_int_equal(c.certificate_sha256[2], 3);
	hash_sha256(buf_span(&operator), digest);
	assert_memory_equal(c.signer, digest, 32);
	consent_free(&c);
	buf_free(&jws);
}

/* Made for from..to, looked at then: what is said of it. */
static void
says(int64_t from, int64_t to, int64_t at, const char *code)
{
	struct buf jws = BUF_EMPTY;
	struct consent c;
	int rc;

	build(from, to, &jws);
	assert_int_equal(consent_parse(buf_span(&jws), &c), 0);
	rc = consent_verify(&c, buf_span(&operator), at);
	assert_int_equal(rc, code == NULL ? 0 : -1);
	if (code != NULL)
		assert_string_equal(err_code(), code);
	consent_free(&c);
	buf_free(&jws);
}

static void
holds_to_the_second(void **state)
{
	(void)state;
	says(PKI_NOW, PKI_NOW + 60, PKI_NOW + 59, NULL);
	says(PKI_NOW, PKI_NOW + 60, PKI_NOW + 60, "CONSENT_TIME");
	says(PKI_NOW + 300, PKI_NOW + 600, PKI_NOW, NULL);
	says(PKI_NOW + 301, PKI_NOW + 600, PKI_NOW, "CONSENT_TIME");
	says(PKI_NOW, PKI_NOW + CONSENT_SECONDS, PKI_NOW, NULL);
	says(PKI_NOW, PKI_NOW + CONSENT_SECONDS + 1, PKI_NOW, "CONSENT_TIME");
	says(PKI_NOW + 200, PKI_NOW + 100, PKI_NOW, "CONSENT_TIME");
}

static void
holds_for_its_signer_alone(void **state)
{
	struct buf jws = BUF_EMPTY;
	struct consent c;

	(void)state;
	build(PKI_NOW, PKI_NOW + 60, &jws);
	assert_int_equal(consent_parse(buf_span(&jws), &c), 0);
	assert_int_equal(consent_verify(&c, buf_span(&other), PKI_NOW), -1);
	assert_string_equal(err_code(), "CONSENT_SIGNER");
	c.jws.signature[5] ^= 1;
	assert_int_equal(consent_verify(&c, buf_span(&operator), PKI_NOW), -1);
	assert_string_equal(err_code(), "CONSENT_SIGNATURE");
	consent_free(&c);
	buf_free(&jws);
}

static void
refuses_text(struct span text)
{
	struct consent c;

	if (consent_parse(text, &c) == 0)
		fail_msg("taken: %.*s", (int)text.n, (const char *)text.p);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "CONSENT_MALFORMED");
	consent_free(&c);
}

/* The good payload with one text in the place of another, well signed. */
static void
refuses(const char *was, const char *is)
{
	struct buf payload = BUF_EMPTY, jws = BUF_EMPTY;
	const char *at = strstr(PAYLOAD, was);
	char header[160], thumbprint[44];

	assert_non_null(at);
	buf_put(&payload, PAYLOAD, (size_t)(at - PAYLOAD));
	buf_puts(&payload, is);
	buf_puts(&payload, at + strlen(was));
	jws_thumbprint(buf_span(&operator), thumbprint);
	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"ES256\",\"typ\":\"assay-consent+jws\","
	    "\"x5t#S256\":\"%s\"}",
	    thumbprint);
	assert_int_equal(jws_sign(key, header, buf_span(&payload), &jws), 0);
	refuses_text(buf_span(&jws));
	buf_free(&payload);
	buf_free(&jws);
}

static void
refuses_what_a_payload_may_not_be(void **state)
{
	(void)state;
	refuses("\"mobilfunk\"", "\"Mobil Funk\"");
	refuses("\"fernfunk\"", "7");
	refuses("\"iss\":\"mobilfunk\",", "");
	refuses("\"iat\":1795500000,", "");
	refuses("1795503600", "1795503600.5");
	refuses("1795503600", "-1");
	refuses("1795503600", "253402300800");
	refuses(ID, "0B6A2A1E-7F0C-4A53-9D5E-6F1F5A1F0C11");
	refuses(ID, "0b6a2a1e-7f0c-4a53-9d5e-6f1f5a1f0c1");
	refuses("00112233", "0011223g");
	refuses("00112233", "001122");
	refuses("\"aud\"", "\"iss\":\"x1\",\"aud\"");
	refuses("\"aud\"", "\"imsi\":\"x1\",\"aud\"");
	refuses(PAYLOAD, "[]");
	refuses(PAYLOAD, "");
}

static void
refuses_what_is_no_jws_of_its_type(void **state)
{
	struct buf jws = BUF_EMPTY;
	size_t i;

	(void)state;
	build(PKI_NOW, PKI_NOW + 60, &jws);
	for (i = 0; i < jws.n; i += 7)
		refuses_text(span_of(jws.p, i));
	buf_putc(&jws, 'A');
	refuses_text(buf_span(&jws));
	buf_clear(&jws);
	assert_int_equal(
	    jws_sign(key, "{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\"}",
		span_str(PAYLOAD), &jws),
	    0);
	refuses_text(buf_span(&jws));
	buf_free(&jws);
}

static void
a_uuid_is_one(void **state)
{
	char a[UUID_TEXT], b[UUID_TEXT];

	(void)state;
	uuid_make(a);
	uuid_make(b);
	assert_true(uuid_valid(a));
	assert_string_not_equal(a, b);
	assert_int_equal(a[14], '4');
	uuid_make_at(a, 1790000000);
	uuid_make_at(b, 1790000000);
	assert_true(uuid_valid(a));
	assert_memory_equal(a, "01a0c450-6c00-7", 15);
	assert_memory_equal(b, "01a0c450-6c00-7", 15);
	assert_string_not_equal(a, b);
	assert_non_null(strchr("89ab", a[19]));
	a[3] = 'A';
	assert_false(uuid_valid(a));
	assert_false(uuid_valid(""));
	assert_false(uuid_valid(ID "0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_an_operator_signed),
		cmocka_unit_test(holds_to_the_second),
		cmocka_unit_test(holds_for_its_signer_alone),
		cmocka_unit_test(refuses_what_a_payload_may_not_be),
		cmocka_unit_test(refuses_what_is_no_jws_of_its_type),
		cmocka_unit_test(a_uuid_is_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
