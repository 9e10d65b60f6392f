/*
 * What steers who reads it.
 */

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* How many octets at the beginning do so; 0: none. */
static size_t
steers(struct span s)
{
	const uint8_t *p = s.p;

	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	/* U+0080 to U+009F */
	if (s.n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (s.n < 3 || p[0] != 0xe2)
		return 0;
	/* U+2028 to U+202E, U+2066 to U+2069 */
	if ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
	    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9))
		return 3;
	return 0;
}

bool
text_is_plain(struct span s)
{
	for (; s.n > 0; s = span_of(s.p + 1, s.n - 1))
		if (steers(s) > 0)
			return false;
	return true;
}

void
text_make_plain(char *text, size_t size, bool newlines)
{
	size_t i = 0, n;

	while (i < size) {
		n = steers(span_of(text + i, size - i));
		if (!newlines || text[i] != '\n')
			memset(text + i, ' ', n);
		i += n > 0 ? n : 1;
	}
}

void
text_words(struct buf *out, const char *words)
{
	const char *between = "";
	size_t n;

	while (*words != '\0') {
		n = strcspn(words, "|");
		buf_printf(out, "%s%.*s", between, (int)n, words);
		words += n + (words[n] == '|');
		between = strchr(words, '|') != NULL ? ", " : " or ";
	}
}

const char *
text_s(unsigned long long n)
{
	return n == 1 ? "" : "s";
}

bool
text_is_code(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n > 0 && n < 48 && text[n] == '\0';
}

const char *
text_of_err(bool newlines)
{
	static _Thread_local char why[512];

	(void)snprintf(why, sizeof(why), "%s", err_text());
	text_make_plain(why, strlen(why), newlines);
	return why;
}
