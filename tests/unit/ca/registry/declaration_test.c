/*
 * Declarations: made, read again, and each way in which one is refused.
 */

#include "tests/unit/test.h"

#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "key/jws.h"
#include "key/key.h"
#include "registry/declaration.h"

/* A certificate; the key in it is replaced by the test's own. */
static const char certificate_hex[] =
    "308201b430820159a003020102021464846b4def965244d6cb0cc096013944a4"
    "7e045c300a06082a8648ce3d0403023040310b3009060355040613024445310d"
    "300b060355040a0c0461636d653111300f060355040b0c08737570706c696572"
    "310f300d06035504030c0661636d652d31301e170d3236313132343032353834"
    "325a170d3237303932303032353834325a3040310b3009060355040613024445"
    "310d300b060355040a0c0461636d653111300f060355040b0c08737570706c69"
    "6572310f300d06035504030c0661636d652d313059301306072a8648ce3d0201"
    "06082a8648ce3d03010703420004839e85cf4c7a96626d339cf42a28c023ca40"
    "c97033583c8269729acbb5ef33f905446f71959e258ae1067e03d0fc15daaefc"
    "d195111d8bd7d32f1515e1e11ac2a331302f300e0603551d0f0101ff04040302"
    "0780301d0603551d0e0416041407c0161e3294d40a47113d31f49e37d2c9c2b1"
    "8c300a06082a8648ce3d040302034900304602210089feb61fdd105349ceba00"
    "fce51930c4cf0d63c1cc8dc27ba7144e2a0a24417a022100a09c896f79441211"
    "d3ce30e8dffcb5ae149b6cd7a7f5f67bf23aa7ecd2b2ca3b";

#define NOW 1795000000

static struct key *key, *other_key;
static struct buf certificate, other_certificate;

static void
build_certificate(const struct key *k, struct buf *der)
{
	struct span point = key_point(k);
	uint8_t *p;

	assert_int_equal(hex_decode(der, span_str(certificate_hex)), 0);
	/* BIT STRING of 66 octets, none of them unused, uncompressed */
	p = memmem(der->p, der->n, "\x03\x42\x00\x04", 4);
	assert_non_null(p);
	assert_int_equal(point.n, 65);
	memcpy(p + 3, point.p, point.n);
}

static int
set_up(void **state)
{
	(void)state;
	key = key_generate(KEY_P256);
	other_key = key_generate(KEY_P256);
	build_certificate(key, &certificate);
	build_certificate(other_key, &other_certificate);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	key_free(key);
	key_free(other_key);
	buf_free(&certificate);
	buf_free(&other_certificate);
	return 0;
}

#define PAYLOAD                                                                \
	"{\"model\":\"tre-1\",\"ruleset\":\"tre-robustness\",\"version\":1,"   \
	"\"valid_until\":\"2027-06-01T00:00:00Z\",\"answers\":{\"SB-1\":"      \
	"{\"answer\":\"yes\",\"statement\":\"met\"}}}"

static void
reads_what_was_signed(void **state)
{
	json_t *payload = json_loads(PAYLOAD, 0, NULL);
	struct buf jws = BUF_EMPTY;
	struct declaration d;

	(void)state;
	assert_int_equal(
	    declaration_build(payload, key, buf_span(&certificate), NOW, &jws),
	    0);
	assert_int_equal(declaration_read(&d, buf_span(&jws),
			     buf_span(&certificate), NOW + 300),
	    0);
	assert_string_equal(d.model, "tre-1");
	assert_string_equal(d.ruleset, "tre-robustness");
	assert_int_equal(d.version, 1);
	assert_int_equal(d.valid_until, 1811808000);
	assert_string_equal(
	    d.answers, "{\"SB-1\":{\"answer\":\"yes\",\"statement\":\"met\"}}");
	declaration_free(&d);
	buf_free(&jws);
	json_decref(payload);
}

/* Sign this header and payload; read it as the first certificate's. */
static void
refuses(const char *header, const char *payload, enum err_kind kind,
    const char *code)
{
	struct buf jws = BUF_EMPTY;
	struct declaration d;

	assert_int_equal(jws_sign(key, header, span_str(payload), &jws), 0);
	assert_int_equal(
	    declaration_read(&d, buf_span(&jws), buf_span(&certificate), NOW),
	    -1);
	if (err_kind() != kind || strcmp(err_code(), code) != 0)
		fail_msg("%s: %s %s", payload, err_code(), err_text());
	assert_null(d.payload);
	buf_free(&jws);
}

/* A header that is good but for what a test says. */
static const char *
header(const char *typ, const char *more)
{
	static char text[300];
	char thumbprint[44];

	jws_thumbprint(buf_span(&certificate), thumbprint);
	(void)snprintf(text, sizeof(text),
	    "{\"alg\":\"ES256\",\"typ\":\"%s\",\"x5t#S256\":\"%s\","
	    "\"iat\":%d%s}",
	    typ, thumbprint, NOW, more);
	return text;
}

#define TYP "assay-declaration+jws"
#define BAD ERR_INPUT, "DECLARATION_MALFORMED"

static void
refuses_another_kind_of_statement(void **state)
{
	(void)state;
	refuses(header("assay-act+jws", ""), PAYLOAD, BAD);
	refuses(header(TYP, ",\"url\":\"/v1/cocs\""), PAYLOAD, BAD);
}

static void
refuses_a_payload_of_another_form(void **state)
{
	const char *h = header(TYP, "");

	(void)state;
	refuses(h, "", BAD);
	refuses(h, "[]", BAD);
	refuses(h, "{}", BAD);
	refuses(h, PAYLOAD "x", BAD);
	refuses(h,
	    "{\"model\":\"a\",\"model\":\"tre-1\",\"ruleset\":\"r\","
	    "\"version\":1,\"valid_until\":\"2027-06-01T00:00:00Z\","
	    "\"answers\":{}}",
	    BAD);
	refuses(h,
	    "{\"model\":\"tre-1\",\"ruleset\":\"r\",\"version\":1,"
	    "\"valid_until\":\"2027-06-01T00:00:00Z\",\"answers\":{},"
	    "\"note\":\"\"}",
	    BAD);
	refuses(h,
	    "{\"model\":\"tre-1\",\"ruleset\":\"r\",\"version\":\"1\","
	    "\"valid_until\":\"2027-06-01T00:00:00Z\",\"answers\":{}}",
	    BAD);
	refuses(h,
	    "{\"model\":\"tre-1\",\"ruleset\":\"r\",\"version\":0,"
	    "\"valid_until\":\"2027-06-01T00:00:00Z\",\"answers\":{}}",
	    BAD);
	refuses(h,
	    "{\"model\":\"tre-1\",\"ruleset\":\"r\",\"version\":1,"
	    "\"valid_until\":\"in June\",\"answers\":{}}",
	    BAD);
	refuses(h,
	    "{\"model\":\"tre-1\",\"ruleset\":\"r\",\"version\":1,"
	    "\"valid_until\":\"2027-06-01T00:00:00Z\",\"answers\":[]}",
	    BAD);
}

static void
refuses_a_declaration_of_another_time(void **state)
{
	json_t *payload = json_loads(PAYLOAD, 0, NULL);
	struct buf jws = BUF_EMPTY;
	struct declaration d;

	(void)state;
	assert_int_equal(
	    declaration_build(payload, key, buf_span(&certificate), NOW, &jws),
	    0);
	assert_int_equal(declaration_read(&d, buf_span(&jws),
			     buf_span(&certificate), NOW + 301),
	    -1);
	assert_string_equal(err_code(), "DECLARATION_TIME");
	assert_int_equal(declaration_read(&d, buf_span(&jws),
			     buf_span(&certificate), NOW - 301),
	    -1);
	assert_string_equal(err_code(), "DECLARATION_TIME");
	buf_free(&jws);
	json_decref(payload);
}

static void
refuses_a_signer_other_than_the_submitter(void **state)
{
	json_t *payload = json_loads(PAYLOAD, 0, NULL);
	struct buf jws = BUF_EMPTY;
	struct declaration d;

	(void)state;
	/* honestly another's */
	assert_int_equal(declaration_build(payload, other_key,
			     buf_span(&other_certificate), NOW, &jws),
	    0);
	assert_int_equal(
	    declaration_read(&d, buf_span(&jws), buf_span(&certificate), NOW),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), "DECLARATION_SIGNER");
	buf_clear(&jws);
	/* naming ours, signed by another key */
	assert_int_equal(declaration_build(payload, other_key,
			     buf_span(&certificate), NOW, &jws),
	    0);
	assert_int_equal(
	    declaration_read(&d, buf_span(&jws), buf_span(&certificate), NOW),
	    -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), "DECLARATION_SIGNATURE");
	buf_free(&jws);
	json_decref(payload);
}

static void
refuses_what_is_no_jws(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a.b", "e30.e30.e30",
		"{}" };
	struct declaration d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(declaration_read(&d, span_str(bad[i]),
				     buf_span(&certificate), NOW),
		    -1);
		assert_int_equal(err_kind(), ERR_INPUT);
		assert_string_equal(err_code(), "DECLARATION_MALFORMED");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_signed),
		cmocka_unit_test(refuses_another_kind_of_statement),
		cmocka_unit_test(refuses_a_payload_of_another_form),
		cmocka_unit_test(refuses_a_declaration_of_another_time),
		cmocka_unit_test(refuses_a_signer_other_than_the_submitter),
		cmocka_unit_test(refuses_what_is_no_jws),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
