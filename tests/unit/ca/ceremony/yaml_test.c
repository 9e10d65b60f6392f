/*
 * YAML as JSON, and what could be overlooked in it.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ceremony/yaml.h"

static void
is_read_as(const char *yaml, const char *json)
{
	json_t *v = yaml_read(span_str(yaml));
	char *text;

	if (v == NULL)
		fail_msg("%s: %s", yaml, err_text());
	text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, json);
	free(text);
	json_decref(v);
}

static void
reads_what_scripts_are_made_of(void **state)
{
	(void)state;
	is_read_as("a: 1\nb: {c: [x, 'y z', \"1\"]}\n",
	    "{\"a\":1,\"b\":{\"c\":[\"x\",\"y z\",\"1\"]}}");
	is_read_as("- - a\n  - b\n- {}\n", "[[\"a\",\"b\"],{}]");
	is_read_as("# a comment\nx: y # another\n", "{\"x\":\"y\"}");
	is_read_as("when: 2026-11-26T10:00:00Z\n",
	    "{\"when\":\"2026-11-26T10:00:00Z\"}");
	is_read_as("word", "\"word\"");
}

/* A hash of digits alone is no number, and no word of YAML 1.1's is a truth. */
static void
guesses_no_types(void **state)
{
	(void)state;
	is_read_as("[true, false, null, ~]", "[true,false,null,null]");
	is_read_as("[yes, no, on, off, True, NULL, y]",
	    "[\"yes\",\"no\",\"on\",\"off\",\"True\",\"NULL\",\"y\"]");
	is_read_as("[0, -7, 123456789012345]", "[0,-7,123456789012345]");
	is_read_as("[1234567890123456, 007, 0x1f, 1e3, 1.5, '7', -, -0]",
	    "[\"1234567890123456\",\"007\",\"0x1f\",\"1e3\",\"1.5\",\"7\","
	    "\"-\",0]");
	is_read_as("a:\n", "{\"a\":null}");
}

static void
refuses(const char *yaml, const char *says)
{
	json_t *v = yaml_read(span_str(yaml));

	if (v != NULL)
		fail_msg("taken: %s", yaml);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "YAML_REFUSED");
	if (strstr(err_text(), says) == NULL)
		fail_msg("%s: %s", yaml, err_text());
}

static void
refuses_what_can_be_overlooked(void **state)
{
	(void)state;
	refuses("a: &x 1\nb: 2\n", "anchors");
	refuses("a: &x {b: 1}\n", "anchors");
	refuses("a: &x [1]\n", "anchors");
	refuses("a: &x 1\nb: *x\n", "anchors");
	refuses("a: !!str 1\n", "tags");
	refuses("a: !x {}\n", "tags");
	refuses("!!str a: 1\n", "key must be plain");
	refuses("&k a: 1\n", "key must be plain");
	refuses("a: !!map {b: 1}\n", "tags");
	refuses("a: 1\nb: 2\na: 3\n", "line 3: a key is there twice");
	refuses("{a: {b: 1, b: 1}}", "twice");
	refuses("a: 1\n---\nb: 2\n", "second document");
	refuses("%YAML 1.1\n---\na: 1\n", "directives");
	refuses("%TAG ! tag:x,2000:\n---\na: 1\n", "directives");
	refuses("? [a]\n: 1\n", "key must be plain");
	refuses("? {a: 1}\n: 1\n", "key must be plain");
	refuses("a: \"x\\0\"\nb: \"\\xff\": 1", "line");
}

static void
refuses_what_is_no_yaml(void **state)
{
	char deep[64];

	(void)state;
	refuses("", "empty");
	refuses("# nothing\n", "empty");
	refuses("a: [1\n", "line");
	refuses("a: 'x\n", "line");
	refuses("\ta: 1\n", "line");
	refuses("a: \xff\n", "line");
	memset(deep, '[', 40);
	memset(deep + 20, ']', 20);
	deep[40] = '\0';
	refuses(deep, "too deep");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_scripts_are_made_of),
		cmocka_unit_test(guesses_no_types),
		cmocka_unit_test(refuses_what_can_be_overlooked),
		cmocka_unit_test(refuses_what_is_no_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
