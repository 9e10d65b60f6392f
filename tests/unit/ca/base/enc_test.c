/*
 * Text encodings: what they write, and what they refuse to read.
 */

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"

/* RFC 4648 section 10 */
static const struct {
	const char *plain, *base64;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void
base64_agrees_with_the_vectors_of_rfc_4648(void **state)
{
	struct buf b = BUF_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		buf_clear(&b);
		base64_encode(&b, span_str(vectors[i].plain));
		assert_string_equal(buf_str(&b), vectors[i].base64);
		buf_clear(&b);
		assert_int_equal(
		    base64_decode(&b, span_str(vectors[i].base64)), 0);
		assert_string_equal(buf_str(&b), vectors[i].plain);
	}
	buf_free(&b);
}

static void
base64_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = { "Zg",
		"Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9v", "Zm9v\n",
		"Zm9-", "Zm==9v==", "Zg==Zg==" };
	struct buf b = BUF_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(base64_decode(&b, span_str(bad[i])), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
		assert_int_equal(b.n, 0);
	}
	buf_free(&b);
}

static void
base64url_has_its_own_letters_and_no_padding(void **state)
{
	static const uint8_t octets[] = { 0xfb, 0xff };
	struct buf b = BUF_EMPTY;

	(void)state;
	base64url_encode(&b, span_of(octets, 2));
	assert_string_equal(buf_str(&b), "-_8");
	buf_clear(&b);
	assert_int_equal(base64url_decode(&b, span_str("-_8")), 0);
	assert_memory_equal(b.p, octets, 2);
	assert_int_equal(base64url_decode(&b, span_str("-_8=")), -1);
	assert_int_equal(base64url_decode(&b, span_str("+/8")), -1);
	assert_int_equal(base64url_decode(&b, span_str("-_9")), -1);
	assert_int_equal(b.n, 2);
	buf_free(&b);
}

static void
hex_goes_there_and_back(void **state)
{
	struct buf b = BUF_EMPTY, c = BUF_EMPTY;

	(void)state;
	assert_int_equal(hex_decode(&b, span_str("00fFa5")), 0);
	hex_encode(&c, buf_span(&b));
	assert_string_equal(buf_str(&c), "00ffa5");
	assert_int_equal(hex_decode(&b, span_str("0")), -1);
	assert_int_equal(hex_decode(&b, span_str("0g")), -1);
	assert_int_equal(b.n, 3);
	buf_free(&b);
	buf_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_agrees_with_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_refuses_what_is_not_canonical),
		cmocka_unit_test(base64url_has_its_own_letters_and_no_padding),
		cmocka_unit_test(hex_goes_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
