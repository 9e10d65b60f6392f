/*
 * Long texts of a JSON body, put aside.
 */

#include <string.h>

#include "registry/json_long.h"

#define LEAST 256 /* shorter ones jansson may as well read */

/* A text that has a NUL, and which one it stands for. */
#define MARK "\\u0000"

/* The text behind a quote, and whatever comes up to it; false: there is none.
 */
static bool
next_text(struct span *rest, struct span *text)
{
	const uint8_t *end = rest->p + rest->n, *quote;

	quote = memchr(rest->p, '"', rest->n);
	if (quote == NULL)
		return false;
	text->p = quote + 1;
	quote = memchr(text->p, '"', (size_t)(end - text->p));
	if (quote == NULL)
		return false;
	text->n = (size_t)(quote - text->p);
	*rest = span_of(quote + 1, (size_t)(end - quote) - 1);
	return true;
}

bool
json_long_take(struct json_long *l, struct span body)
{
	const uint8_t *from = body.p;
	struct span rest = body, text;

	*l = (struct json_long){ .json = BUF_EMPTY };
	if (body.n < LEAST || memchr(body.p, '\\', body.n) != NULL)
		return false;
	while (next_text(&rest, &text)) {
		if (text.n < LEAST)
			continue;
		if (l->n == JSON_LONG_MOST)
			return false;
		buf_put(&l->json, from, (size_t)(text.p - from));
		buf_puts(&l->json, MARK);
		buf_putc(&l->json, (char)('a' + l->n));
		l->texts[l->n++] = text;
		from = text.p + text.n;
	}
	buf_put(&l->json, from, (size_t)(body.p + body.n - from));
	return l->n > 0;
}

void
json_long_free(struct json_long *l)
{
	buf_free(&l->json);
}

struct span
json_long_text(const struct json_long *l, const json_t *text)
{
	const char *s = json_string_value(text);
	size_t n = json_string_length(text);

	if (l != NULL && n == 2 && s[0] == '\0')
		return l->texts[(s[1] - 'a') % JSON_LONG_MOST];
	return span_of(s, n);
}
