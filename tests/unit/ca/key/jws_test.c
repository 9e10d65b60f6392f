/*
 * JSON Web Signatures: made, read, and refused.
 */

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "key/jws.h"

static const char header[] =
    "{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\",\"url\":\"/v1/x\","
    "\"iat\":7}";
#define MEMBERS "s:url i:iat"

static struct key *key, *other;

static int
start(void **state)
{
	(void)state;
	key = key_generate(KEY_P256);
	other = key_generate(KEY_P256);
	return key != NULL && other != NULL ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	key_free(key);
	key_free(other);
	return 0;
}

static void
verifies_what_it_signed(void **state)
{
	struct buf text = BUF_EMPTY;
	struct jws j;

	(void)state;
	assert_int_equal(jws_sign(key, header, span_str("{}"), &text), 0);
	assert_int_equal(jws_split(buf_span(&text), 1000, &j), 0);
	assert_int_equal(jws_check_header(&j, "assay-act+jws", MEMBERS), 0);
	assert_string_equal(buf_str(&j.payload), "{}");
	assert_int_equal(jws_verify(&j, key), 0);
	assert_int_equal(jws_verify(&j, other), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), "JWS_SIGNATURE");
	assert_int_equal(jws_verify_detached(&j, key, span_str("{}")), -1);
	assert_string_equal(err_code(), "JWS_MALFORMED");
	jws_free(&j);
	buf_free(&text);
}

static void
verifies_a_detached_payload(void **state)
{
	struct buf text = BUF_EMPTY;
	struct jws j;

	(void)state;
	assert_int_equal(
	    jws_sign_detached(key, header, span_str("body"), &text), 0);
	assert_non_null(strstr(buf_str(&text), ".."));
	assert_int_equal(jws_split(buf_span(&text), 1000, &j), 0);
	assert_int_equal(j.payload.n, 0);
	assert_int_equal(jws_verify_detached(&j, key, span_str("body")), 0);
	assert_int_equal(jws_verify_detached(&j, key, span_str("bodY")), -1);
	assert_string_equal(err_code(), "JWS_SIGNATURE");
	assert_int_equal(jws_verify(&j, key), -1);
	assert_string_equal(err_code(), "JWS_MALFORMED");
	jws_free(&j);
	buf_free(&text);
}

/* RFC 7515 appendix A.3 */
static void
verifies_the_RFCs_example(void **state)
{
	static const char text[] =
	    "eyJhbGciOiJFUzI1NiJ9"
	    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
	    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
	    "pmWQxfKTUJqPP3-Kg6NU1Q";
	static const char x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
	static const char y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	struct buf point = BUF_EMPTY;
	struct key *rfc;
	struct jws j;

	(void)state;
	buf_putc(&point, 4);
	assert_int_equal(base64url_decode(&point, span_str(x)), 0);
	assert_int_equal(base64url_decode(&point, span_str(y)), 0);
	rfc = key_from_point(KEY_P256, buf_span(&point));
	assert_non_null(rfc);
	assert_int_equal(jws_split(span_str(text), 1000, &j), 0);
	assert_int_equal(jws_verify(&j, rfc), 0);
	jws_free(&j);
	key_free(rfc);
	buf_free(&point);
}

/* header "." payload "." signature, each already base64url */
static void
refuses_to_split(const char *text)
{
	struct jws j;

	assert_int_equal(jws_split(span_str(text), 200, &j), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "JWS_MALFORMED");
}

#define SIGNATURE                                                              \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"     \
	"AAAAAAAAAAAAAAAAAAAAAA"

static void
refuses_what_is_not_three_strict_parts(void **state)
{
	struct jws j;

	(void)state;
	assert_int_equal(jws_split(span_str("e30.e30." SIGNATURE), 200, &j), 0);
	jws_free(&j);
	refuses_to_split("");
	refuses_to_split("e30");
	refuses_to_split("e30.e30");
	refuses_to_split("e30.e30." SIGNATURE ".");
	refuses_to_split("e30.e30." SIGNATURE "A");
	refuses_to_split("e30.e30.AAAA");
	refuses_to_split("e30=.e30." SIGNATURE);
	refuses_to_split("e30.e3 0." SIGNATURE);
	refuses_to_split("e31.e30." SIGNATURE); /* left-over bits, or no JSON */
}

static void
refuses_headers_that_are_no_object_or_say_things_twice(void **state)
{
	(void)state;
	refuses_to_split(".e30." SIGNATURE);
	refuses_to_split("W10.e30." SIGNATURE);		 /* [] */
	refuses_to_split("eyJhIjoxfQo9.e30." SIGNATURE); /* {"a":1}\n= */
	refuses_to_split("eyJhIjoxLCJhIjoyfQ.e30." SIGNATURE);
}

static void
refuses_texts_that_are_too_long(void **state)
{
	struct jws j;

	(void)state;
	assert_int_equal(jws_split(span_str("e30.e30." SIGNATURE), 20, &j), -1);
	assert_string_equal(err_code(), "JWS_MALFORMED");
}

static void
check_refused(const char *json)
{
	struct buf text = BUF_EMPTY;
	struct jws j;

	assert_int_equal(jws_sign(key, json, span_str("x"), &text), 0);
	assert_int_equal(jws_split(buf_span(&text), 1000, &j), 0);
	assert_int_equal(jws_check_header(&j, "assay-act+jws", MEMBERS), -1);
	assert_string_equal(err_code(), "JWS_MALFORMED");
	jws_free(&j);
	buf_free(&text);
}

static void
refuses_headers_other_than_the_expected(void **state)
{
	(void)state;
	check_refused("{}");
	check_refused("{\"alg\":\"none\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\",\"iat\":7}");
	check_refused("{\"alg\":\"HS256\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\",\"iat\":7}");
	check_refused("{\"alg\":\"ES256\",\"typ\":\"assay-lot+jws\","
		      "\"url\":\"/\",\"iat\":7}");
	check_refused("{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\"}");
	check_refused("{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\",\"iat\":\"7\"}");
	check_refused("{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\",\"iat\":7.5}");
	check_refused("{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\","
		      "\"url\":\"/\",\"iat\":7,\"crit\":[\"b64\"]}");
}

static void
holds_only_for_a_key_of_the_algorithm_that_it_names(void **state)
{
	static const enum key_kind kinds[] = { KEY_P384, KEY_ED25519,
		KEY_ML_DSA_44, KEY_ML_DSA_65 };
	struct buf text = BUF_EMPTY;
	struct key *stranger;
	struct jws j;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!key_is_available(kinds[i])) {
			print_message("skipped: this libcrypto has no %s\n",
			    key_name(kinds[i]));
			continue;
		}
		stranger = key_generate(kinds[i]);
		buf_clear(&text);
		assert_int_equal(
		    jws_sign(stranger, header, span_str("x"), &text), 0);
		/* signed with its key, but the header says ES256 */
		if (kinds[i] != KEY_ED25519) {
			assert_int_equal(
			    jws_split(buf_span(&text), 8000, &j), -1);
			assert_string_equal(err_code(), "JWS_MALFORMED");
		} else {
			assert_int_equal(
			    jws_split(buf_span(&text), 8000, &j), 0);
			assert_int_equal(jws_verify(&j, stranger), -1);
			assert_string_equal(err_code(), "JWS_SIGNATURE");
			jws_free(&j);
		}
		key_free(stranger);
	}
	buf_free(&text);
}

static void
signs_as_its_key_does(void **state)
{
	struct buf text = BUF_EMPTY;
	struct key *k;
	struct jws j;
	char *h;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		if (i == KEY_RSA || !key_is_available((enum key_kind)i))
			continue;
		k = key_generate((enum key_kind)i);
		h = xasprintf(
		    "{\"alg\":\"%s\",\"typ\":\"t\"}", jws_algorithm(k));
		buf_clear(&text);
		assert_int_equal(jws_sign(k, h, span_str("x"), &text), 0);
		assert_int_equal(jws_split(buf_span(&text), 8000, &j), 0);
		assert_int_equal(jws_check_header(&j, "t", ""), 0);
		assert_int_equal(jws_verify(&j, k), 0);
		j.signature[20] ^= 1;
		assert_int_equal(jws_verify(&j, k), -1);
		jws_free(&j);
		key_free(k);
		free(h);
	}
	buf_free(&text);
}

static void
ends_several_together(void **state)
{
	struct buf text[KEY_MANY] = { BUF_EMPTY }, *begun[KEY_MANY];
	char payload[KEY_MANY][4];
	struct jws j;
	size_t i;

	(void)state;
	for (i = 0; i < KEY_MANY; i++) {
		(void)snprintf(payload[i], sizeof(payload[i]), "%zu", i);
		begun[i] = &text[i];
		jws_begin(header, span_str(payload[i]), begun[i]);
	}
	assert_int_equal(jws_end_many(key, begun, KEY_MANY), 0);
	for (i = 0; i < KEY_MANY; i++) {
		assert_int_equal(jws_split(buf_span(&text[i]), 1000, &j), 0);
		assert_int_equal(
		    jws_check_header(&j, "assay-act+jws", MEMBERS), 0);
		assert_string_equal(buf_str(&j.payload), payload[i]);
		assert_int_equal(jws_verify(&j, key), 0);
		assert_int_equal(jws_verify(&j, other), -1);
		jws_free(&j);
		buf_free(&text[i]);
	}
}

static void
names_a_certificate_by_its_thumbprint(void **state)
{
	char text[44];

	(void)state;
	jws_thumbprint(span_str("abc"), text);
	assert_string_equal(
	    text, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_what_it_signed),
		cmocka_unit_test(verifies_a_detached_payload),
		cmocka_unit_test(verifies_the_RFCs_example),
		cmocka_unit_test(refuses_what_is_not_three_strict_parts),
		cmocka_unit_test(
		    refuses_headers_that_are_no_object_or_say_things_twice),
		cmocka_unit_test(refuses_texts_that_are_too_long),
		cmocka_unit_test(refuses_headers_other_than_the_expected),
		cmocka_unit_test(
		    holds_only_for_a_key_of_the_algorithm_that_it_names),
		cmocka_unit_test(signs_as_its_key_does),
		cmocka_unit_test(ends_several_together),
		cmocka_unit_test(names_a_certificate_by_its_thumbprint),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
