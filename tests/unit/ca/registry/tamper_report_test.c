/*
 * Tamper reports: made, read again, and each way in which one is refused.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/jws.h"
#include "registry/tamper_report.h"
#include "tests/unit/pki.h"

#define TYP	"tre-tamper+jws"
#define PAYLOAD "{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":41}"

/* a TrE, another one, a terminal, a TrE's CA */
static struct pki pki;
static struct key *key, *other_key;
static struct buf tre, other_tre, terminal;

static int
set_up(void **state)
{
	struct template_spec s;

	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	other_key = key_generate(KEY_P256);
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	pki_build(&pki, &s, 1, key_point(key), &tre);
	pki_build(&pki, &s, 2, key_point(other_key), &other_tre);
	s = pki_spec(&pki, PROFILE_TERMINAL, &pki.terminal);
	pki_build(&pki, &s, 1, key_point(key), &terminal);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	key_free(other_key);
	buf_free(&tre);
	buf_free(&other_tre);
	buf_free(&terminal);
	return 0;
}

static void
reads_what_a_tre_signed(void **state)
{
	struct tamper_report made = { .what = "voltage",
		.detail = "glitch, 3 times",
		.iat = PKI_NOW,
		.seq = TAMPER_REPORT_SEQ_MAX };
	struct tamper_report t;
	struct buf jws = BUF_EMPTY;
	uint8_t digest[32];

	(void)state;
	assert_int_equal(
	    tamper_report_build(&made, key, buf_span(&tre), &jws), 0);
	assert_int_equal(tamper_report_parse(buf_span(&jws), &t), 0);
	assert_int_equal(tamper_report_verify(&t, buf_span(&tre)), 0);
	assert_string_equal(t.what, "voltage");
	assert_string_equal(t.detail, "glitch, 3 times");
	assert_int_equal(t.iat, PKI_NOW);
	assert_int_equal(t.seq, TAMPER_REPORT_SEQ_MAX);
	hash_sha256(buf_span(&tre), digest);
	assert_memory_equal(t.signer, digest, 32);
	tamper_report_free(&t);
	buf_free(&jws);
}

static void
needs_no_detail(void **state)
{
	struct tamper_report made = { .what = "other", .iat = 0, .seq = 1 }, t;
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    tamper_report_build(&made, key, buf_span(&tre), &jws), 0);
	assert_int_equal(tamper_report_parse(buf_span(&jws), &t), 0);
	assert_null(t.detail);
	tamper_report_free(&t);
	buf_free(&jws);
}

/* A header that is good but for what a test says. */
static const char *
header(const char *typ, const char *more)
{
	static char text[300];
	char thumbprint[44];

	jws_thumbprint(buf_span(&tre), thumbprint);
	(void)snprintf(text, sizeof(text),
	    "{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5t#S256\":\"%s\"%s}", typ,
	    thumbprint, more);
	return text;
}

static void
refuses_text(struct span text)
{
	struct tamper_report t;

	if (tamper_report_parse(text, &t) == 0)
		fail_msg("taken: %.*s", (int)text.n, (const char *)text.p);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "TAMPER_MALFORMED");
	tamper_report_free(&t);
}

/* Truly signed, and yet not what a report looks like. */
static void
refuses(const char *head, const char *payload)
{
	struct buf jws = BUF_EMPTY;

	assert_int_equal(jws_sign(key, head, span_str(payload), &jws), 0);
	refuses_text(buf_span(&jws));
	buf_free(&jws);
}

static void
refuses_another_header(void **state)
{
	(void)state;
	refuses(header("assay-act+jws", ""), PAYLOAD);
	refuses(header("eat+jwt", ""), PAYLOAD);
	refuses(header(TYP, ",\"url\":\"/v1/tamper-reports\""), PAYLOAD);
	refuses(header(TYP, ",\"jwk\":{}"), PAYLOAD);
	refuses("{\"alg\":\"ES256\",\"typ\":\"" TYP "\"}", PAYLOAD);
	refuses("{\"alg\":\"ES256\",\"typ\":\"" TYP "\",\"x5t#S256\":\"AA\"}",
	    PAYLOAD);
	refuses("{\"alg\":\"ES256\",\"typ\":\"" TYP "\",\"x5t#S256\":\"!\"}",
	    PAYLOAD);
	refuses("{\"alg\":\"none\",\"typ\":\"" TYP "\",\"x5t#S256\":\"AA\"}",
	    PAYLOAD);
}

static void
refuses_another_payload(void **state)
{
	static const char *const bad[] = { "[]", "{}", "7",
		PAYLOAD "x", /* an octet behind it */
		"{\"what\":\"mesh\",\"iat\":1795500000}",
		"{\"what\":\"mesh\",\"seq\":41}",
		"{\"iat\":1795500000,\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":41,\"x\":1}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":41,\"seq\":42}",
		"{\"what\":\"mesh\",\"iat\":\"1795500000\",\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":1795500000.5,\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":-1,\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":253402300800,\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":0}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":-1}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":"
		"9007199254740992}",
		"{\"what\":\"mesh\",\"iat\":1795500000,\"seq\":"
		"99999999999999999999}",
		"{\"what\":\"meshes\",\"iat\":1795500000,\"seq\":41}",
		"{\"what\":\"\",\"iat\":1795500000,\"seq\":41}",
		"{\"what\":7,\"iat\":1795500000,\"seq\":41}",
		"{\"what\":\"mesh\",\"iat\":1,\"seq\":41,\"detail\":7}",
		"{\"what\":\"mesh\",\"iat\":1,\"seq\":41,\"detail\":null}",
		"{\"what\":\"mesh\",\"iat\":1,\"seq\":41,\"detail\":\"\\n\"}",
		"{\"what\":\"mesh\",\"iat\":1,\"seq\":41,\"detail\":"
		"\"\\u0000\"}" };
	char longer[700];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(header(TYP, ""), bad[i]);
	(void)snprintf(longer, sizeof(longer),
	    "{\"what\":\"mesh\",\"iat\":1,\"seq\":41,\"detail\":\"%0501d\"}",
	    0);
	refuses(header(TYP, ""), longer);
}

static void
refuses_what_is_no_jws(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a.b", "e30.e30.e30",
		PAYLOAD };
	char longest[TAMPER_REPORT_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses_text(span_str(bad[i]));
	memset(longest, 'A', sizeof(longest));
	refuses_text(span_of(longest, sizeof(longest)));
}

static void
does_not_hold(struct span jws, struct span certificate, const char *code)
{
	struct tamper_report t;

	assert_int_equal(tamper_report_parse(jws, &t), 0);
	assert_int_equal(tamper_report_verify(&t, certificate), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), code);
	tamper_report_free(&t);
}

/* Somebody else's key under this TrE's name, and the other way round. */
static void
refuses_another_signer(void **state)
{
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    jws_sign(other_key, header(TYP, ""), span_str(PAYLOAD), &jws), 0);
	does_not_hold(buf_span(&jws), buf_span(&tre), "TAMPER_SIGNATURE");
	does_not_hold(buf_span(&jws), buf_span(&other_tre), "TAMPER_SIGNER");
	buf_free(&jws);
}

/* With a good signature by the very key that is in them. */
static void
refuses_certificates_of_no_tre(void **state)
{
	struct tamper_report made = { .what = "mesh", .iat = 1, .seq = 1 };
	struct buf jws = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    tamper_report_build(&made, key, buf_span(&terminal), &jws), 0);
	does_not_hold(buf_span(&jws), buf_span(&terminal), "TAMPER_SIGNER");
	buf_clear(&jws);
	assert_int_equal(tamper_report_build(
			     &made, pki.tre.key, buf_span(&pki.tre.der), &jws),
	    0);
	does_not_hold(buf_span(&jws), buf_span(&pki.tre.der), "TAMPER_SIGNER");
	buf_free(&jws);
}

/* Each letter of it changed, in turn: none of these is that TrE's report. */
static void
refuses_each_mutation(void **state)
{
	struct buf jws = BUF_EMPTY;
	struct tamper_report t;
	size_t i;

	(void)state;
	assert_int_equal(
	    jws_sign(key, header(TYP, ""), span_str(PAYLOAD), &jws), 0);
	for (i = 0; i < jws.n; i++) {
		jws.p[i] ^= 1;
		if (tamper_report_parse(buf_span(&jws), &t) == 0 &&
		    tamper_report_verify(&t, buf_span(&tre)) == 0)
			fail_msg("changed at %zu it still holds", i);
		tamper_report_free(&t);
		jws.p[i] ^= 1;
	}
	for (i = 0; i < jws.n; i++) { /* cut off */
		if (tamper_report_parse(span_of(jws.p, i), &t) == 0 &&
		    tamper_report_verify(&t, buf_span(&tre)) == 0)
			fail_msg("cut off at %zu it still holds", i);
		tamper_report_free(&t);
	}
	assert_int_equal(tamper_report_parse(buf_span(&jws), &t), 0);
	assert_int_equal(tamper_report_verify(&t, buf_span(&tre)), 0);
	tamper_report_free(&t);
	buf_free(&jws);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_tre_signed),
		cmocka_unit_test(needs_no_detail),
		cmocka_unit_test(refuses_another_header),
		cmocka_unit_test(refuses_another_payload),
		cmocka_unit_test(refuses_what_is_no_jws),
		cmocka_unit_test(refuses_another_signer),
		cmocka_unit_test(refuses_certificates_of_no_tre),
		cmocka_unit_test(refuses_each_mutation),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
