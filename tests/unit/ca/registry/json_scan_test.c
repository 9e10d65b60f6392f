/*
 * JSON by a machine of states, held against a parser that nobody here wrote.
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "registry/json_scan.h"

static bool
scan(const char *text, size_t n)
{
	struct json_scan j = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		json_scan_put(&j, (uint8_t)text[i]);
	return json_scan_end(&j);
}

static void
takes_objects_and_arrays(void **state)
{
	static const char *const good[] = { "{}", "[]", " [ ] \n",
		"{\"a\":{\"b\":[1,-0,0.5,-1.25e+10,1E9,2e-1]}}",
		"[true,false,null,\"\",\"\\u00e4\\n\\\\\\\"\\/\"]",
		"[[],{},[{}]]", "{\"\":[]}" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!scan(good[i], strlen(good[i])))
			fail_msg("%s is refused", good[i]);
}

static void
refuses_what_is_not_quite(void **state)
{
	static const char *const bad[] = { "", " ", "1", "\"a\"", "null",
		"{hello}", "[1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{1:2}", "{\"a\":1]", "[1}", "[]]", "[] []",
		"[01]", "[.5]", "[1.]", "[1e]", "[1e+]", "[-]", "[+1]", "[tru]",
		"[truely]", "[nul]", "[\"a]", "[\"\\x\"]", "[\"\\u12g4\"]",
		"[\"a\nb\"]", "[1 2]", "[\f1]", "{\"a\" 1}", "['a']", "[NaN]",
		"[1]//" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (scan(bad[i], strlen(bad[i])))
			fail_msg("%s is taken", bad[i]);
	assert_false(scan("[1]\0", 4));
}

static void
ends_at_its_depth(void **state)
{
	char text[2 * JSON_SCAN_DEPTH + 2];

	(void)state;
	memset(text, '[', JSON_SCAN_DEPTH);
	memset(text + JSON_SCAN_DEPTH, ']', JSON_SCAN_DEPTH);
	assert_true(scan(text, 2 * JSON_SCAN_DEPTH));
	memset(text, '[', JSON_SCAN_DEPTH + 1);
	memset(text + JSON_SCAN_DEPTH + 1, ']', JSON_SCAN_DEPTH + 1);
	assert_false(scan(text, sizeof(text)));
}

/* What the other one says, apart from numbers that it cannot hold. */
static int
other(const char *text, size_t n)
{
	json_error_t e;
	json_t *v = json_loadb(text, n, 0, &e);

	if (v == NULL && json_error_code(&e) == json_error_numeric_overflow)
		return -1;
	json_decref(v);
	return v != NULL;
}

/* A quarter of a million texts made of what JSON is made of. */
static void
agrees_with_another_parser(void **state)
{
	static const char *const parts[] = { "{", "}", "[", "]", ",", ":",
		"\"a\"", "\"\\n\"", "0", "1", "-", ".", "e", "+", "true",
		"null", " ", "\n", "\"", "{\"k\":", "[0," };
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	char text[128];
	int taken = 0, said;
	size_t n;
	unsigned i, k, left;

	(void)state;
	srand(7);
	for (i = 0; i < 250000; i++) {
		n = 0;
		text[n++] = rand() % 2 ? '[' : '{';
		for (left = (unsigned)rand() % 10; left > 0; left--) {
			k = (unsigned)rand() % count;
			memcpy(text + n, parts[k], strlen(parts[k]));
			n += strlen(parts[k]);
		}
		text[n++] = text[0] == '[' ? ']' : '}';
		text[n] = '\0';
		said = other(text, n);
		if (said != -1 && scan(text, n) != (said == 1))
			fail_msg("%s: the other parser says %d", text, said);
		taken += said == 1;
	}
	assert_true(taken > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_objects_and_arrays),
		cmocka_unit_test(refuses_what_is_not_quite),
		cmocka_unit_test(ends_at_its_depth),
		cmocka_unit_test(agrees_with_another_parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
