/*
 * Strict JSON: every getter's good value and each refusal.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "registry/fields.h"

static struct fields f;

static void
open_json(const char *json)
{
	fields_free(&f);
	fields_open(&f, span_str(json));
}

/* It ended badly, with this code, and the sentence says so. */
static void
refused(const char *code, const char *says)
{
	assert_int_equal(fields_end(&f), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
	if (strstr(err_text(), says) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err_text(), says);
	fields_free(&f);
}

static void
accepted(void)
{
	if (fields_end(&f) == -1)
		fail_msg("%s", err_text());
	fields_free(&f);
}

static void
reads_a_whole_object(void **state)
{
	uint8_t hash[4];
	struct buf b = BUF_EMPTY;

	(void)state;
	open_json("{\"h\":\"north-1\",\"t\":\"\xc3\xa9t\xc3\xa9\",\"n\":-7,"
		  "\"b\":true,\"w\":\"wet\",\"d\":\"2026-02-28\","
		  "\"at\":\"2026-11-24T00:00:00Z\",\"x\":\"00ff10ab\","
		  "\"c\":\"AQID\",\"l\":[\"a\",\"b\"],\"o\":{}}");
	assert_string_equal(fields_handle(&f, "h"), "north-1");
	assert_string_equal(fields_text(&f, "t", 1, 5), "\xc3\xa9t\xc3\xa9");
	assert_int_equal(fields_int(&f, "n", -10, 10), -7);
	assert_true(fields_bool_opt(&f, "b", false));
	assert_string_equal(fields_word(&f, "w", "dry|wet"), "wet");
	assert_string_equal(fields_date(&f, "d"), "2026-02-28");
	assert_int_equal(fields_time(&f, "at"), 1795478400);
	fields_hex(&f, "x", hash, sizeof(hash));
	assert_memory_equal(hash, "\x00\xff\x10\xab", 4);
	fields_base64(&f, "c", 3, 3, &b);
	assert_memory_equal(b.p, "\x01\x02\x03", 3);
	assert_int_equal(json_array_size(fields_texts(&f, "l", 1, 2, 1)), 2);
	assert_non_null(fields_object(&f, "o"));
	accepted();
	buf_free(&b);
}

static void
takes_what_is_optional_as_absent(void **state)
{
	struct buf b = BUF_EMPTY;

	(void)state;
	open_json("{}");
	assert_null(fields_text_opt(&f, "a", 1, 2));
	assert_null(fields_handle_opt(&f, "b"));
	assert_null(fields_word_opt(&f, "c", "x|y"));
	assert_int_equal(fields_int_opt(&f, "d", 0, 9, 5), 5);
	assert_true(fields_bool_opt(&f, "e", true));
	assert_int_equal(fields_time_opt(&f, "g", 8), 8);
	assert_false(fields_base64_opt(&f, "i", 1, 2, &b));
	assert_null(fields_texts_opt(&f, "j", 2, 2));
	assert_null(fields_object_opt(&f, "k"));
	accepted();
}

static void
refuses_what_is_no_json_object(void **state)
{
	static const char *const bad[] = { "", "[]", "null", "{", "{}x",
		"{} {}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{'a':1}",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		open_json(bad[i]);
		refused("JSON_MALFORMED", "the body");
	}
}

static void
refuses_json_that_nests_too_deep(void **state)
{
	char deep[64] = "{\"a\":";

	(void)state;
	memset(deep + 5, '[', 16);
	open_json(deep);
	refused("JSON_MALFORMED", "deeper than 16");
	/* brackets in a text are no levels */
	open_json("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[\"}");
	assert_non_null(fields_text(&f, "a", 0, 64));
	accepted();
}

static void
refuses_a_field_that_nobody_asked_for(void **state)
{
	(void)state;
	open_json("{\"a\":1,\"size\":\"001\"}");
	(void)fields_int(&f, "a", 0, 9);
	refused("FIELD_UNKNOWN", "\"size\" is not known");
}

static void
says_of_subscriber_data_that_it_never_enters(void **state)
{
	(void)state;
	open_json("{\"a\":1,\"im_si\":\"001\"}");
	(void)fields_int(&f, "a", 0, 9);
	refused("SUBSCRIBER_DATA_REFUSED", "\"im_si\"");
}

static void
names_a_field_that_is_missing(void **state)
{
	(void)state;
	open_json("{}");
	(void)fields_text(&f, "name", 1, 9);
	refused("FIELD_MISSING", "name is missing");
}

static void
tells_the_first_failure(void **state)
{
	(void)state;
	open_json("{\"n\":99}");
	(void)fields_int(&f, "n", 0, 9);
	(void)fields_text(&f, "name", 1, 9);
	refused("FIELD_RULE", "n must be from 0 to 9");
}

static void
refuses_texts_out_of_bounds(void **state)
{
	(void)state;
	open_json("{\"a\":\"\"}");
	(void)fields_text(&f, "a", 1, 9);
	refused("FIELD_LENGTH", "1 to 9 octets, not 0");
	open_json("{\"a\":\"0123456789\"}");
	(void)fields_text(&f, "a", 1, 9);
	refused("FIELD_LENGTH", "not 10");
	open_json("{\"a\":\"x\\ny\"}");
	(void)fields_text(&f, "a", 1, 9);
	refused("FIELD_RULE", "control characters");
	open_json("{\"a\":\"x\\u009by\"}");
	(void)fields_text(&f, "a", 1, 9);
	refused("FIELD_RULE", "control characters");
	open_json("{\"a\":\"x\\u202ey\"}");
	(void)fields_text(&f, "a", 1, 9);
	refused("FIELD_RULE", "turns the direction");
	open_json("{\"a\":1}");
	(void)fields_text_opt(&f, "a", 1, 9);
	refused("FIELD_TYPE", "must be a text");
	open_json("{\"a\":null}");
	(void)fields_text_opt(&f, "a", 1, 9);
	refused("FIELD_TYPE", "must be a text");
}

static void
refuses_what_is_no_handle(void **state)
{
	static const char *const bad[] = { "a", "-a", "Ab", "a b", "a_b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a\xc3\xa9" };
	char json[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", bad[i]);
		open_json(json);
		(void)fields_handle(&f, "a");
		refused("FIELD_RULE", "must be a handle");
	}
}

static void
refuses_a_word_that_is_not_in_the_list(void **state)
{
	static const char *const bad[] = { "we", "wet|dry", "", "dryy" };
	char json[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", bad[i]);
		open_json(json);
		(void)fields_word(&f, "a", "wet|dry");
		refused("FIELD_RULE", "the field a must be wet or dry, not \"");
	}
}

static void
refuses_such_a_word_in_a_list(void **state)
{
	(void)state;
	open_json("{\"a\":[\"dry\",\"wet\"]}");
	assert_int_equal(
	    json_array_size(fields_words(&f, "a", 1, 2, "wet|dry|damp")), 2);
	accepted();
	open_json("{\"a\":[\"dry\",\"nix\"]}");
	assert_null(fields_words(&f, "a", 1, 2, "wet|dry|damp"));
	refused(
	    "FIELD_RULE", "the field a must be wet, dry or damp, not \"nix\"");
	open_json("{\"a\":[1]}");
	assert_null(fields_words_opt(&f, "a", 2, "wet|dry"));
	refused("FIELD_TYPE", "a must be a text");
	open_json("{}");
	assert_null(fields_words_opt(&f, "a", 2, "wet|dry"));
	accepted();
}

static void
refuses_what_is_no_country(void **state)
{
	(void)state;
	open_json("{\"country\":\"DE\"}");
	assert_string_equal(fields_country(&f), "DE");
	accepted();
	open_json("{\"country\":\"dE\"}");
	(void)fields_country(&f);
	refused("FIELD_RULE", "two capital letters");
	open_json("{\"country\":\"DEU\"}");
	(void)fields_country(&f);
	refused("FIELD_LENGTH", "must have 2 octets, not 3");
}

static void
refuses_numbers_that_are_none(void **state)
{
	static const char *const bad[] = { "1.0", "\"1\"", "true", "1e3" };
	char json[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), "{\"a\":%s}", bad[i]);
		open_json(json);
		(void)fields_int(&f, "a", 0, 9999);
		refused("FIELD_TYPE", "a whole number");
	}
	open_json("{\"a\":99999999999999999999}");
	(void)fields_int(&f, "a", 0, 9);
	refused("JSON_MALFORMED", "too big");
	open_json("{\"a\":0}");
	(void)fields_bool_opt(&f, "a", true);
	refused("FIELD_TYPE", "true or false");
}

static void
refuses_days_that_are_none(void **state)
{
	static const char *const bad[] = { "2026-02-30", "26-02-01",
		"2026-2-01", "2026-02-01T00:00:00Z", "tomorrow" };
	char json[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", bad[i]);
		open_json(json);
		(void)fields_date(&f, "a");
		refused("FIELD_RULE", "a day such as");
	}
	open_json("{\"a\":\"2026-02-01\"}");
	(void)fields_time(&f, "a");
	refused("FIELD_RULE", "RFC 3339");
}

static void
refuses_octets_that_are_written_wrongly(void **state)
{
	static const char *const bad[] = { "00FF", "00f", "00fg", "00ff00" };
	struct buf b = BUF_EMPTY;
	uint8_t out[2];
	char json[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", bad[i]);
		open_json(json);
		fields_hex(&f, "a", out, sizeof(out));
		refused("FIELD_RULE", "4 lower-case hex digits");
	}
	open_json("{\"a\":\"AQI\"}");
	fields_base64(&f, "a", 1, 9, &b);
	refused("FIELD_RULE", "base64");
	open_json("{\"a\":\"AQID\"}");
	fields_base64(&f, "a", 4, 9, &b);
	refused("FIELD_LENGTH", "4 to 9 octets");
	assert_int_equal(b.n, 0);
	open_json("{\"a\":\"AQID\"}");
	fields_base64(&f, "a", 1, 2, &b);
	refused("FIELD_LENGTH", "1 to 2 octets");
	buf_free(&b);
}

static void
refuses_arrays_out_of_bounds(void **state)
{
	(void)state;
	open_json("{\"a\":[]}");
	(void)fields_texts(&f, "a", 1, 2, 9);
	refused("FIELD_LENGTH", "1 to 2 entries, not 0");
	open_json("{\"a\":[\"x\",\"y\",\"z\"]}");
	(void)fields_texts(&f, "a", 1, 2, 9);
	refused("FIELD_LENGTH", "not 3");
	open_json("{\"a\":[\"x\",1]}");
	(void)fields_texts(&f, "a", 1, 2, 9);
	refused("FIELD_TYPE", "must be a text");
	open_json("{\"a\":\"x\"}");
	(void)fields_texts(&f, "a", 1, 2, 9);
	refused("FIELD_TYPE", "must be an array");
	open_json("{\"a\":[]}");
	(void)fields_object(&f, "a");
	refused("FIELD_TYPE", "must be an object");
}

static void
reads_an_object_inside_with_its_name(void **state)
{
	struct fields part;

	(void)state;
	open_json("{\"o\":{\"x\":1,\"y\":2}}");
	fields_of(&part, fields_object(&f, "o"), "o");
	assert_int_equal(fields_int(&part, "x", 0, 9), 1);
	assert_int_equal(fields_end(&part), -1);
	assert_string_equal(err_text(), "the field o.\"y\" is not known here");
	assert_int_equal(fields_end(&f), 0);
	fields_free(&part);
	fields_free(&f);
}

static void
refuses_by_a_rule_of_the_callers(void **state)
{
	(void)state;
	open_json("{\"a\":3}");
	(void)fields_int(&f, "a", 0, 9);
	fields_refuse(&f, "a", "must be even, not %d", 3);
	refused("FIELD_RULE", "a must be even, not 3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_whole_object),
		cmocka_unit_test(takes_what_is_optional_as_absent),
		cmocka_unit_test(refuses_what_is_no_json_object),
		cmocka_unit_test(refuses_json_that_nests_too_deep),
		cmocka_unit_test(refuses_a_field_that_nobody_asked_for),
		cmocka_unit_test(says_of_subscriber_data_that_it_never_enters),
		cmocka_unit_test(names_a_field_that_is_missing),
		cmocka_unit_test(tells_the_first_failure),
		cmocka_unit_test(refuses_texts_out_of_bounds),
		cmocka_unit_test(refuses_what_is_no_handle),
		cmocka_unit_test(refuses_a_word_that_is_not_in_the_list),
		cmocka_unit_test(refuses_such_a_word_in_a_list),
		cmocka_unit_test(refuses_what_is_no_country),
		cmocka_unit_test(refuses_numbers_that_are_none),
		cmocka_unit_test(refuses_days_that_are_none),
		cmocka_unit_test(refuses_octets_that_are_written_wrongly),
		cmocka_unit_test(refuses_arrays_out_of_bounds),
		cmocka_unit_test(reads_an_object_inside_with_its_name),
		cmocka_unit_test(refuses_by_a_rule_of_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
