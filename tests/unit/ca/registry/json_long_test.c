/*
 * With long texts put aside a body is what the library reads it as, and none is
 * read that the library would not read.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "registry/json_long.h"

static char letters[300 + 1];

static json_t *
library(struct span in, size_t flags)
{
	return json_loadb(
	    (const char *)in.p, in.n, JSON_REJECT_DUPLICATES | flags, NULL);
}

/* The same value, each text read whole? */
static bool
same(const struct json_long *l, const json_t *ours, const json_t *theirs)
{
	const char *name;
	json_t *v;
	size_t i;

	if (json_typeof(ours) != json_typeof(theirs))
		return false;
	if (json_is_array(ours)) {
		json_array_foreach(ours, i,
		    v) if (!same(l, v, json_array_get(theirs, i))) return false;
		return json_array_size(ours) == json_array_size(theirs);
	}
	if (json_is_object(ours)) {
		json_object_foreach((json_t *)(uintptr_t)ours, name,
		    v) if (!json_object_get(theirs, name) ||
		    !same(l, v, json_object_get(theirs, name))) return false;
		return json_object_size(ours) == json_object_size(theirs);
	}
	if (!json_is_string(ours))
		return json_equal(ours, theirs);
	return span_equal(json_long_text(l, ours),
	    span_of(json_string_value(theirs), json_string_length(theirs)));
}

/* Are all that were put aside base64? */
static bool
are_good(const struct json_long *l)
{
	struct buf octets = BUF_EMPTY;
	bool good = true;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (base64_decode(&octets, l->texts[i]) == -1)
			good = false;
	buf_free(&octets);
	return good;
}

static char *
a_body(void)
{
	return xasprintf("{\"a\":[\"%s\",\"MAA=\"],\"n\":-7,\"b\":{\"c\":"
			 "\"\xc3\xa9\",\"d\":[true,null]},\"e\":[\"%s\"]}",
	    letters, letters + 20);
}

static void
puts_long_texts_aside(void **state)
{
	char *body = a_body();
	json_t *ours, *theirs;
	struct json_long l;

	(void)state;
	assert_true(json_long_take(&l, span_str(body)));
	assert_int_equal(l.n, 2);
	assert_true(l.json.n < 100);
	ours = library(buf_span(&l.json), JSON_ALLOW_NUL);
	theirs = library(span_str(body), 0);
	assert_true(same(&l, ours, theirs));
	json_decref(ours);
	json_decref(theirs);
	json_long_free(&l);
	free(body);
}

static void
leaves_others_as_they_are(void **state)
{
	struct json_long l;
	char *body;
	int i;

	(void)state;
	assert_false(json_long_take(&l, span_str("{\"a\":\"b\"}")));
	json_long_free(&l);
	/* a quote behind a backslash is no end */
	body = xasprintf("[\"%s\",\"\\\"\"]", letters);
	assert_false(json_long_take(&l, span_str(body)));
	json_long_free(&l);
	free(body);
	/* more than there is room for */
	body = xasprintf("[\"%s\"", letters);
	for (i = 0; i < JSON_LONG_MOST; i++) {
		char *more = xasprintf("%s,\"%s\"", body, letters);

		free(body);
		body = more;
	}
	assert_false(json_long_take(&l, span_str(body)));
	json_long_free(&l);
	free(body);
}

/* A NUL ends no name. */
static void
puts_no_name_aside(void **state)
{
	char *body = xasprintf("{\"%s\":1}", letters);
	struct json_long l;

	(void)state;
	assert_true(json_long_take(&l, span_str(body)));
	assert_null(library(buf_span(&l.json), JSON_ALLOW_NUL));
	json_long_free(&l);
	free(body);
}

/* Whatever befalls it, never another reading than the library's. */
static void
reads_no_damaged_one_otherwise(void **state)
{
	static const char signs[] = "{}[]\",:\\019-.etn \t\x01\xff";
	char *body = a_body(), *text = xstrdup(body);
	size_t n, length = strlen(body), at, read = 0;
	json_t *ours, *theirs;
	struct json_long l;
	int i, k;

	(void)state;
	srand(7);
	for (i = 0; i < 100000; i++) {
		memcpy(text, body, length);
		for (k = rand() % 3; k >= 0; k--) {
			/* half of them where no long text is */
			at = (size_t)rand() % length;
			if (rand() % 2)
				at =
				    (size_t)rand() % 2 ? at % 6 : 306 + at % 45;
			text[at] = signs[(size_t)rand() % (sizeof(signs) - 1)];
		}
		n = rand() % 4 == 0 ? (size_t)rand() % length : length;
		ours = NULL;
		if (json_long_take(&l, span_of(text, n)) && are_good(&l))
			ours = library(buf_span(&l.json), JSON_ALLOW_NUL);
		if (ours != NULL) {
			theirs = library(span_of(text, n), 0);
			if (theirs == NULL || !same(&l, ours, theirs))
				fail_msg(
				    "%.*s is read otherwise", (int)n, text);
			json_decref(theirs);
			read++;
		}
		json_decref(ours);
		json_long_free(&l);
	}
	assert_true(read > 1000);
	free(text);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_long_texts_aside),
		cmocka_unit_test(leaves_others_as_they_are),
		cmocka_unit_test(puts_no_name_aside),
		cmocka_unit_test(reads_no_damaged_one_otherwise),
	};
	size_t i;

	for (i = 0; i < sizeof(letters) - 1; i++)
		letters[i] = (char)('a' + i % 26);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
