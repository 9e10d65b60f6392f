/*
 * What never enters, in JSON: names of members, texts, and base64 in texts.
 * Whether it is JSON at all is found out by whoever parses it afterwards.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "policy/never_inside.h"

#define DEPTH_MOST 3

struct walk {
	struct never_scan scan; /* over all of it, so that order is kept */
	enum never found;
	char *where; /* the member that it was found in */
	char name[NEVER_WHERE];
	unsigned depth;
	struct buf text; /* a string without its escapes */
};

static enum never walk_json(struct span, char *, unsigned);

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

/* ---- base64, also the parts of a JWS */

static bool
is_base64(struct span s)
{
	size_t i;

	if (s.n < 20)
		return false;
	for (i = 0; i < s.n; i++)
		if (!never_is_word(s.p[i]) && strchr("+/-_=.", s.p[i]) == NULL)
			return false;
	return true;
}

static enum never
look_into(struct span octets, unsigned depth)
{
	char where[NEVER_WHERE];

	if (octets.n > 0 && (octets.p[0] == '{' || octets.p[0] == '['))
		return walk_json(octets, where, depth + 1);
	return octets.n > 0 && octets.p[0] == 0x30 ? never_der(octets)
						   : never_text(octets);
}

/* One part, padded or not, in either alphabet. */
static enum never
look_into_part(struct span part, unsigned depth)
{
	struct buf plain = BUF_EMPTY, octets = BUF_EMPTY;
	enum never kind = NEVER_NOTHING;
	size_t i;

	while (part.n > 0 && part.p[part.n - 1] == '=')
		part.n--;
	for (i = 0; i < part.n; i++)
		buf_putc(&plain,
		    part.p[i] == '+'	   ? '-'
			: part.p[i] == '/' ? '_'
					   : (char)part.p[i]);
	if (base64url_decode(&octets, buf_span(&plain)) == 0)
		kind = look_into(buf_span(&octets), depth);
	buf_free(&plain);
	buf_free(&octets);
	return kind;
}

static enum never
look_into_base64(struct span s, unsigned depth)
{
	enum never kind = NEVER_NOTHING;
	const uint8_t *dot;
	size_t n;

	while (s.n > 0 && kind == NEVER_NOTHING) {
		dot = memchr(s.p, '.', s.n);
		n = dot == NULL ? s.n : (size_t)(dot - s.p);
		if (n >= 20)
			kind = look_into_part(span_of(s.p, n), depth);
		n += dot != NULL;
		s = span_of(s.p + n, s.n - n);
	}
	return kind;
}

/* ---- strings */

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
	size_t i;

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
	} else if (w->depth < DEPTH_MOST && is_base64(s))
		found_in(w, look_into_base64(s, w->depth), w->name);
	found_in(w, never_scan_put(&w->scan, s), w->name);
	(void)never_scan_put(&w->scan, span_of("\"", 1));
}

static enum never
walk_json(struct span in, char *where, unsigned depth)
{
	struct walk w = { .where = where, .depth = depth };
	struct span raw;
	size_t n;

	never_scan_begin(&w.scan);
	where[0] = '\0';
	while (in.n > 0 && w.found == NEVER_NOTHING) {
		for (n = 0; n < in.n && in.p[n] != '"'; n++)
			;
		n += n < in.n;
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
	return walk_json(in, where, 0);
}
