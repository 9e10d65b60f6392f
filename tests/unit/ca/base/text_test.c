/*
 * Text that others wrote: what would steer a terminal, or turn lines round.
 */

#include "../../test.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/text.h"

static void
becomes(const char *text, const char *plain, bool newlines)
{
	char *s = xstrdup(text);

	text_make_plain(s, strlen(s), newlines);
	assert_string_equal(s, plain);
	assert_int_equal(
	    text_is_plain(span_str(text)), strcmp(text, plain) == 0);
	free(s);
}

static void
leaves_what_people_write(void **state)
{
	static const char *const texts[] = { "",
		"Stra\xc3\x9f"
		"e 1",
		"\xc2\xa0", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
		"\xe2\x80\xa7 \xe2\x80\xaf \xe2\x81\xa5 \xe2\x81\xaa",
		"\xf0\x9f\x93\xb1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		becomes(texts[i], texts[i], false);
}

static void
blanks_what_a_terminal_obeys(void **state)
{
	(void)state;
	becomes("a\x1b]0;x\x07z", "a ]0;x z", false);
	becomes("a\x7f\x01z", "a  z", false);
	becomes("a\xc2\x9b"
		"31mz\xc2\x80\xc2\x9f",
	    "a  31mz    ", false);
	becomes("good\rbad", "good bad", true);
}

static void
blanks_what_turns_or_ends_lines(void **state)
{
	(void)state;
	becomes("a\xe2\x80\xae"
		"z",
	    "a   z", false);
	becomes("\xe2\x80\xa8\xe2\x80\xa9\xe2\x81\xa6\xe2\x81\xa9",
	    "            ", false);
	becomes("one\ntwo", "one two", false);
}

static void
leaves_newlines_where_they_may_be(void **state)
{
	char s[] = "one\n\ttwo";

	(void)state;
	text_make_plain(s, strlen(s), true);
	assert_string_equal(s, "one\n two");
}

static void
ends_at_the_end(void **state)
{
	(void)state;
	becomes("\xc2", "\xc2", false);
	becomes("\xe2\x80", "\xe2\x80", false);
	assert_true(text_is_plain(span_of("\xe2\x80\xae", 2)));
}

static void
knows_what_is_like_a_code(void **state)
{
	static const char *const none[] = { "", "a", "A B", "A\x1b[2J", "A/B",
		"A\n", "A234567890123456789012345678901234567890123456789" };
	size_t i;

	(void)state;
	assert_true(text_is_code("RATE_LIMITED"));
	assert_true(text_is_code("X1"));
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(text_is_code(none[i]));
}

static void
tells_of_a_failure_in_plain_words(void **state)
{
	(void)state;
	err_set(ERR_BUSY, "it said \x1b[2J\nlater");
	assert_string_equal(text_of_err(false), "it said  [2J later");
	assert_string_equal(text_of_err(true), "it said  [2J\nlater");
	assert_string_equal(err_text(), "it said \x1b[2J\nlater");
}

static void
says_words_as_people_do(void **state)
{
	static const char *const words[][2] = { { "a", "a" },
		{ "a|b", "a or b" }, { "a|b|c", "a, b or c" } };
	struct buf b = BUF_EMPTY;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		buf_clear(&b);
		text_words(&b, words[i][0]);
		assert_string_equal(buf_str(&b), words[i][1]);
	}
	buf_free(&b);
	assert_string_equal(text_s(1), "");
	assert_string_equal(text_s(0), "s");
	assert_string_equal(text_s(2), "s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_what_people_write),
		cmocka_unit_test(blanks_what_a_terminal_obeys),
		cmocka_unit_test(blanks_what_turns_or_ends_lines),
		cmocka_unit_test(leaves_newlines_where_they_may_be),
		cmocka_unit_test(ends_at_the_end),
		cmocka_unit_test(knows_what_is_like_a_code),
		cmocka_unit_test(tells_of_a_failure_in_plain_words),
		cmocka_unit_test(says_words_as_people_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
