/*
 * Signed acts: what one must be, and every way for it not to be.
 */

#include "../../test.h"

#include <stdio.h>

#include "../../pki.h"
#include "base/enc.h"
#include "key/jws.h"
#include "registry/statement.h"

#define URL "/v1/organisations"

static struct pki pki;
static struct key *key;
static struct buf leaf;

static int
setup(void **state)
{
	struct template_spec s;

	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);
	s.organisation = "body";
	s.unit = "officer";
	s.common_name = "officer-1";
	pki_build(&pki, &s, 9, key_point(key), &leaf);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	key_free(key);
	buf_free(&leaf);
	pki_stop(&pki);
	return 0;
}

static struct statement
about(const char *body)
{
	return (struct statement){ .body = span_str(body),
		.url = URL,
		.certificate = buf_span(&leaf) };
}

/* Signed with this header, judged at PKI_NOW. */
static int
judge_header(const char *header, const char *body)
{
	struct statement s = about(body);
	struct buf jws = BUF_EMPTY;
	int rc;

	assert_int_equal(jws_sign_detached(key, header, s.body, &jws), 0);
	s.jws = buf_span(&jws);
	rc = statement_verify(&s, PKI_NOW);
	buf_free(&jws);
	return rc;
}

static void
refused(int rc, enum err_kind kind, const char *code)
{
	assert_int_equal(rc, -1);
	assert_int_equal(err_kind(), kind);
	assert_string_equal(err_code(), code);
}

static void
accepts_what_the_key_has_signed(void **state)
{
	struct statement s = about("{\"handle\":\"acme\"}");
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(statement_build(&s, key, PKI_NOW, &jws), 0);
	s.jws = buf_span(&jws);
	assert_int_equal(statement_verify(&s, PKI_NOW), 0);
	assert_int_equal(statement_verify(&s, PKI_NOW + 300), 0);
	assert_int_equal(statement_verify(&s, PKI_NOW - 300), 0);
	buf_free(&jws);
}

static void
refuses_another_body_address_time_or_signer(void **state)
{
	struct statement s = about("{}");
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(statement_build(&s, key, PKI_NOW, &jws), 0);
	s.jws = buf_span(&jws);
	s.body = span_str("{ }");
	refused(
	    statement_verify(&s, PKI_NOW), ERR_DENIED, "STATEMENT_SIGNATURE");
	s = about("{}");
	s.jws = buf_span(&jws);
	s.url = URL "/acme/activate";
	refused(statement_verify(&s, PKI_NOW), ERR_DENIED, "STATEMENT_URL");
	s.url = URL;
	refused(
	    statement_verify(&s, PKI_NOW + 301), ERR_DENIED, "STATEMENT_TIME");
	refused(
	    statement_verify(&s, PKI_NOW - 301), ERR_DENIED, "STATEMENT_TIME");
	s.certificate = buf_span(&pki.access.der);
	refused(statement_verify(&s, PKI_NOW), ERR_DENIED, "STATEMENT_SIGNER");
	buf_free(&jws);
}

static void
refuses_a_signature_by_another_key(void **state)
{
	struct statement s = about("{}");
	struct key *other = key_generate(KEY_P256);
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(statement_build(&s, other, PKI_NOW, &jws), 0);
	s.jws = buf_span(&jws);
	refused(
	    statement_verify(&s, PKI_NOW), ERR_DENIED, "STATEMENT_SIGNATURE");
	buf_free(&jws);
	key_free(other);
}

static void
refuses_any_other_header(void **state)
{
	static const char *const headers[] = {
		/* another type, another algorithm */
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"x5t#S256\":\"%s\","
		"\"url\":\"" URL "\",\"iat\":1795500000}",
		"{\"alg\":\"none\",\"typ\":\"assay-act+jws\",\"x5t#S256\":"
		"\"%s\",\"url\":\"" URL "\",\"iat\":1795500000}",
		/* a member missing, one too many, of another type, twice */
		"{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"x5t#S256\":"
		"\"%s\",\"url\":\"" URL "\"}",
		"{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"x5t#S256\":"
		"\"%s\",\"url\":\"" URL "\",\"iat\":1795500000,\"kid\":\"x\"}",
		"{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"x5t#S256\":"
		"\"%s\",\"url\":\"" URL "\",\"iat\":\"1795500000\"}",
		"{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"x5t#S256\":"
		"\"%s\",\"url\":\"" URL "\",\"iat\":1795500000,\"iat\":1}",
	};
	char thumbprint[44], header[512];
	size_t i;

	(void)state;
	jws_thumbprint(buf_span(&leaf), thumbprint);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *at = strstr(headers[i], "%s");

		(void)snprintf(header, sizeof(header), "%.*s%s%s",
		    (int)(at - headers[i]), headers[i], thumbprint, at + 2);
		refused(judge_header(header, "{}"), ERR_INPUT,
		    "STATEMENT_MALFORMED");
	}
}

static void
refuses_what_is_no_detached_jws(void **state)
{
	static const char *const bad[] = { "", "a", "a.b", "..", "a..b.c",
		"e30..AA", "e30.e30.AA" };
	struct statement s = about("{}");
	struct buf jws = BUF_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.jws = span_str(bad[i]);
		refused(statement_verify(&s, PKI_NOW), ERR_INPUT,
		    "STATEMENT_MALFORMED");
	}
	buf_put(&jws, memset(buf_reserve(&jws, 5000), 'a', 5000), 0);
	s.jws = span_of(jws.p, 5000);
	refused(
	    statement_verify(&s, PKI_NOW), ERR_INPUT, "STATEMENT_MALFORMED");
	buf_free(&jws);
}

/* s becomes order - s: it holds for the key as well, and is not the same. */
static void
turn_around(uint8_t s[32])
{
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
		0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9,
		0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int d = order[i] - s[i] - borrow;

		borrow = d < 0;
		s[i] = (uint8_t)(d + 256 * borrow);
	}
}

static void
refuses_the_other_form_of_a_signature(void **state)
{
	struct statement s = about("{}");
	struct buf text = BUF_EMPTY, other = BUF_EMPTY;
	struct jws j;

	(void)state;
	assert_int_equal(statement_build(&s, key, PKI_NOW, &text), 0);
	assert_int_equal(jws_split(buf_span(&text), 4096, &j), 0);
	turn_around(j.signature + 32);
	assert_int_equal(jws_verify_detached(&j, key, s.body), 0);
	buf_put_span(&other, j.signed_header);
	buf_puts(&other, "..");
	base64url_encode(&other, span_of(j.signature, 64));
	s.jws = buf_span(&other);
	refused(
	    statement_verify(&s, PKI_NOW), ERR_INPUT, "STATEMENT_MALFORMED");
	jws_free(&j);
	buf_free(&text);
	buf_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_the_other_form_of_a_signature),
		cmocka_unit_test(accepts_what_the_key_has_signed),
		cmocka_unit_test(refuses_another_body_address_time_or_signer),
		cmocka_unit_test(refuses_a_signature_by_another_key),
		cmocka_unit_test(refuses_any_other_header),
		cmocka_unit_test(refuses_what_is_no_detached_jws),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
