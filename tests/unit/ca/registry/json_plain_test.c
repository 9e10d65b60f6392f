/*
 * Plain JSON is what the library reads it as, and nothing is plain that the
 * library would not read.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "registry/json_plain.h"

static json_t *
library(struct span in)
{
	return json_loadb(
	    (const char *)in.p, in.n, JSON_REJECT_DUPLICATES, NULL);
}

static const char *const plain[] = { "{}", "[]", " { } ", "[1]", "[-12,0]",
	"{\"a\":\"b\"}", "{\"a\" : [true,false , null]\n}\r\n",
	"{\"a\":{\"b\":{\"c\":[[[\"\"]]]}}}", "[999999999999999999]",
	"{\"challenge\":\"q80=\",\"evidence\":{\"signed_at\":\"2026-11-24T"
	"02:03:04Z\",\"claims\":{}},\"chain\":[\"MIIC+/==\",\"MIID\"],"
	"\"max_status_age\":3600}" };

static void
reads_as_the_library_does(void **state)
{
	json_t *ours, *theirs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		ours = json_plain(span_str(plain[i]));
		theirs = library(span_str(plain[i]));
		if (!json_equal(ours, theirs))
			fail_msg("%s is read otherwise", plain[i]);
		json_decref(ours);
		json_decref(theirs);
	}
}

static void
leaves_all_else_to_it(void **state)
{
	static const char *const other[] = { "", " ", "1", "\"a\"", "true", "{",
		"[", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[,1]",
		"{} {}", "[]]", "{\"a\":1,\"a\":2}", "{\"a\":1 \"b\":2}",
		"[1 2]", "[01]", "[-]", "[-0]", "[1.5]", "[1e3]", "[+1]",
		"[1234567890123456789]", "[tru]", "[nulls]", "[\"a]",
		"[\"a\\n\"]", "[\"\\u0041\"]", "[\"\x01\"]", "[\"\xc3\xa9\"]",
		"[\"\x7f\"]", "{1:2}", "{\"a\":1]", "[1}",
		"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (json_plain(span_str(other[i])) != NULL)
			fail_msg("%s is plain", other[i]);
	assert_null(json_plain(span_of("[\"a\0b\"]", 7)));
	assert_null(json_plain(span_of("[]\0", 3)));
}

/* Whatever befalls it, never another reading than the library's. */
static void
reads_no_damaged_one_otherwise(void **state)
{
	static const char signs[] =
	    "{}[]\",:\\0123456789-+.eEtrufalsn \t\x01\xff";
	json_t *ours, *theirs;
	char text[256];
	size_t n;
	int i, k;

	(void)state;
	srand(7);
	for (i = 0; i < 200000; i++) {
		n = strlen(strcpy(text,
		    plain[(size_t)rand() %
			(sizeof(plain) / sizeof(plain[0]))]));
		for (k = rand() % 3; k >= 0; k--)
			text[(size_t)rand() % n] =
			    signs[(size_t)rand() % sizeof(signs)];
		n -= (size_t)rand() % 4 == 0 ? (size_t)rand() % n : 0;
		if ((ours = json_plain(span_of(text, n))) == NULL)
			continue;
		theirs = library(span_of(text, n));
		if (!json_equal(ours, theirs))
			fail_msg("%.*s is read otherwise", (int)n, text);
		json_decref(ours);
		json_decref(theirs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_as_the_library_does),
		cmocka_unit_test(leaves_all_else_to_it),
		cmocka_unit_test(reads_no_damaged_one_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
