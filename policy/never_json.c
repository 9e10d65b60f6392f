/*
 * What never enters, in JSON: names of members and texts, with what is in these
 * in base64 (never_base64.c).  Whether it is JSON at all is found out by
 * whoever parses it afterwards.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/never_inside.h"

struct walk {
	struct never_scan scan; /* over all of it, so that order is kept */
	enum never found;
	char *where; /* the member that it was found in */
	char name[NEVER_WHERE];
	unsigned depth;
	struct buf text; /* a string without its escapes */
};

static void
found_in(struct walk *w, enum never kind, const char *where)
{
	if (kind == NEVER_NOTHING || w->found != NEVER_NOTHING)
		return;
	w->found = kind;
	(void)snprintf(w->where, NEVER_WHERE, "%s", where);
}

/* Names are shown again: only what prints, and not what was hidden in them. */
static void
keep_name(struct walk *w, struct span name)
{
	size_t i;

	if (never_text(name) != NEVER_NOTHING)
		name.n = 0;
	for (i = 0; i < name.n && i < NEVER_WHERE - 1; i++)
		w->name[i] =
		    name.p[i] > ' ' && name.p[i] < 0x7f && name.p[i] != '"'
		    ? (char)name.p[i]
		    : '?';
	w->name[i] = '\0';
}

static unsigned
hex4(const uint8_t *p)
{
	unsigned v = 0;
	int i;

	for (i = 0; i < 4; i++)
		v = v << 4 |
		    (unsigned)(isdigit(p[i]) ? p[i] - '0'
			    : isxdigit(p[i]) ? tolower(p[i]) - 'a' + 10
					     : 0);
	return v;
}

/* The string without its escapes; what is beyond ASCII becomes one octet. */
static struct span
unescape(struct span raw, struct buf *text)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *at;
	size_t i;

	if (raw.n == 0 || memchr(raw.p, '\\', raw.n) == NULL)
		return raw;
	buf_clear(text);
	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] != '\\' || i + 1 == raw.n) {
			buf_putc(text, (char)raw.p[i]);
			continue;
		}
		i++;
		if (raw.p[i] == 'u' && i + 4 < raw.n) {
			unsigned v = hex4(raw.p + i + 1);

			buf_putc(text, v < 0x80 ? (char)v : '?');
			i += 4;
		} else if (raw.p[i] != '\0' &&
		    (at = strchr(from, raw.p[i])) != NULL)
			buf_putc(text, to[at - from]);
		else
			buf_putc(text, (char)raw.p[i]);
	}
	return buf_span(text);
}

/* The length of the string that begins behind a quote. */
static size_t
string_length(struct span in)
{
	const uint8_t *quote = memchr(in.p, '"', in.n);
	size_t i;

	/* most have no escapes */
	i = quote != NULL ? (size_t)(quote - in.p) : in.n;
	if (memchr(in.p, '\\', i) == NULL)
		return i;
	for (i = 0; i < in.n && in.p[i] != '"'; i++)
		if (in.p[i] == '\\')
			i++;
	return i < in.n ? i : in.n;
}

static bool
colon_follows(struct span in)
{
	size_t i = 0;

	while (i < in.n && isspace(in.p[i]))
		i++;
	return i < in.n && in.p[i] == ':';
}

static void
put_string(struct walk *w, struct span raw, bool is_name)
{
	struct span s = unescape(raw, &w->text);

	if (is_name) {
		keep_name(w, s);
		found_in(w, never_name(s), w->name);
	} else
		found_in(w, never_base64(s, w->depth), w->name);
	found_in(w, never_scan_put(&w->scan, s), w->name);
	(void)never_scan_put(&w->scan, span_of("\"", 1));
}

enum never
never_walk_json(struct span in, char where[NEVER_WHERE], unsigned depth)
{
	struct walk w = { .where = where, .depth = depth };
	const uint8_t *quote;
	struct span raw;
	size_t n;

	never_scan_begin(&w.scan);
	where[0] = '\0';
	while (in.n > 0 && w.found == NEVER_NOTHING) {
		quote = memchr(in.p, '"', in.n);
		n = quote != NULL ? (size_t)(quote - in.p) + 1 : in.n;
		found_in(&w, never_scan_put(&w.scan, span_of(in.p, n)), w.name);
		if (n == 0 || in.p[n - 1] != '"')
			break;
		in = span_of(in.p + n, in.n - n);
		raw = span_of(in.p, string_length(in));
		n = raw.n + (raw.n < in.n);
		in = span_of(in.p + n, in.n - n);
		put_string(&w, raw, colon_follows(in));
	}
	found_in(&w, never_scan_end(&w.scan), w.name);
	buf_free(&w.text);
	return w.found;
}

enum never
never_json(struct span in, char where[NEVER_WHERE])
{
	return never_walk_json(in, where, 0);
}
