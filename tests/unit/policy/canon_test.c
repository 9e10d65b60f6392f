/*
 * Canonical JSON against RFC 8785, and the transcript against the vector that
 * transcript.md publishes.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "policy/canon.h"
#include "policy/transcript.h"

static void
canon_is(const char *in, const char *want)
{
	json_t *v = json_loads(in, JSON_DECODE_ANY, NULL);
	struct buf b = BUF_EMPTY;

	assert_non_null(v);
	assert_int_equal(canon_write(&b, v), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
	json_decref(v);
}

static void
canon_refuses(const char *in)
{
	json_t *v = json_loads(in, JSON_DECODE_ANY, NULL);
	struct buf b = BUF_EMPTY;

	assert_non_null(v);
	buf_puts(&b, "before");
	assert_int_equal(canon_write(&b, v), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(buf_str(&b), "before");
	buf_free(&b);
	json_decref(v);
}

static void
sorts_names_by_utf_16_code_units(void **state)
{
	(void)state;
	/* the example of RFC 8785 section 3.2.3 */
	canon_is("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
		 "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
		 "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\","
		 "\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O "
		 "With Diaeresis\"}",
	    "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":"
	    "\"Control\",\"\xc3\xb6\":\"Latin Small Letter O With "
	    "Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":"
	    "\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet "
	    "With Dagesh\"}");
	canon_is("{\"b\":1,\"a\":{\"d\":[],\"c\":{}},\"ab\":2}",
	    "{\"a\":{\"c\":{},\"d\":[]},\"ab\":2,\"b\":1}");
}

static void
escapes_as_little_as_it_can(void **state)
{
	(void)state;
	canon_is("\"\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\\\/\\u007f\"",
	    "\"\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\"");
	canon_is("[ true , false , null , -0 , 9007199254740991 ]",
	    "[true,false,null,0,9007199254740991]");
}

static void
refuses_fractions_and_large_numbers(void **state)
{
	(void)state;
	canon_refuses("[1.5]");
	canon_refuses("{\"a\":1e3}");
	canon_refuses("9007199254740992");
	canon_refuses("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"
		      "]]]]]]]]]]]]]]");
}

static struct transcript
a_transcript(void)
{
	static uint8_t challenge[32], tre[32], platform[32], context[32];

	memset(challenge, 0x11, 32);
	memset(tre, 0x22, 32);
	memset(platform, 0x33, 32);
	memset(context, 0x44, 32);
	return (struct transcript){
		.challenge = span_of(challenge, 32),
		.operator= "mobilfunk",
		.purpose = "initial_download",
		.mode = "tre_and_platform",
		.tre_sha256 = span_of(tre, 32),
		.platform_sha256 = span_of(platform, 32),
		.context_sha256 = span_of(context, 32),
	};
}

static void
the_transcript_is_the_published_vector(void **state)
{
	struct buf b = BUF_EMPTY, hex = BUF_EMPTY;
	struct transcript t = a_transcript();

	(void)state;
	assert_int_equal(transcript_write(&b, &t), 0);
	hex_encode(&hex, buf_span(&b));
	assert_string_equal(buf_str(&hex),
	    "5452452d4445434953494f4e2d7631"
	    "1111111111111111111111111111111111111111111111111111111111111111"
	    "096d6f62696c66756e6b"
	    "10696e697469616c5f646f776e6c6f6164"
	    "107472655f616e645f706c6174666f726d"
	    "2222222222222222222222222222222222222222222222222222222222222222"
	    "3333333333333333333333333333333333333333333333333333333333333333"
	    "4444444444444444444444444444444444444444444444444444444444444444");
	buf_free(&b);
	buf_free(&hex);
}

static void
the_transcript_refuses_parts_of_wrong_size(void **state)
{
	struct transcript t = a_transcript();
	struct buf b = BUF_EMPTY;

	(void)state;
	t.challenge.n = 31;
	assert_int_equal(transcript_write(&b, &t), -1);
	t = a_transcript();
	t.operator= "";
	assert_int_equal(transcript_write(&b, &t), -1);
	t = a_transcript();
	t.tre_sha256.n = 20;
	assert_int_equal(transcript_write(&b, &t), -1);
	assert_int_equal(b.n, 0);
	t = a_transcript();
	t.tre_sha256.n = 0;
	assert_int_equal(transcript_write(&b, &t), 0);
	buf_free(&b);
}

static void
the_context_is_canonical_and_leaves_out_what_is_missing(void **state)
{
	json_t *device = json_pack("{s:s}", "imei", "351234560000010");
	struct buf b = BUF_EMPTY;

	(void)state;
	assert_int_equal(transcript_context(&b, NULL, device, NULL,
			     "2026-11-24T02:03:04Z", "semi_autonomous"),
	    0);
	assert_string_equal(buf_str(&b),
	    "{\"device\":{\"imei\":\"351234560000010\"},\"signed_at\":"
	    "\"2026-11-24T02:03:04Z\",\"validation\":\"semi_autonomous\"}");
	buf_free(&b);
	json_decref(device);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_names_by_utf_16_code_units),
		cmocka_unit_test(escapes_as_little_as_it_can),
		cmocka_unit_test(refuses_fractions_and_large_numbers),
		cmocka_unit_test(the_transcript_is_the_published_vector),
		cmocka_unit_test(the_transcript_refuses_parts_of_wrong_size),
		cmocka_unit_test(
		    the_context_is_canonical_and_leaves_out_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
