/*
 * What never enters, in JSON: names of members, texts, and base64 in texts.
 * Whether it is JSON at all is found out by whoever parses it afterwards.
 */

#include <ctype.h>
#include <endian.h>
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

/* ---- base64, also the parts of a JWS and what PEM holds */

#define BASE64_LEAST 20

/* By octet: a letter of either alphabet has its value, the others that may
 * stand among them OTHER, and what is no base64 NONE, which has a bit alone. */
enum { OTHER = 64, NONE = 128 };
static uint8_t base64[256];
static const uint32_t (*places)[256];

static void __attribute__((constructor)) index_letters(void)
{
	const char *other = "=.\r\n";
	unsigned i;

	places = base64_places(BASE64_EITHER);
	for (i = 0; i < 256; i++)
		base64[i] = places[0][i] != BASE64_NONE
		    ? (uint8_t)(places[0][i] >> 18)
		    : NONE;
	for (; *other != '\0'; other++)
		base64[(uint8_t)*other] = OTHER;
}

static bool
is_base64(struct span s)
{
	const uint8_t *p = s.p, *end = s.p + s.n;
	uint8_t all = 0;

	if (s.n < BASE64_LEAST)
		return false;
	for (; end - p >= 8 && (all & NONE) == 0; p += 8)
		all |= base64[p[0]] | base64[p[1]] | base64[p[2]] |
		    base64[p[3]] | base64[p[4]] | base64[p[5]] | base64[p[6]] |
		    base64[p[7]];
	while (p < end)
		all |= base64[*p++];
	return (all & NONE) == 0;
}

/* Four letters at a time, as long as there are four; how many were read. */
static size_t
decode_fours(struct span in, struct buf *out)
{
	const uint32_t(*place)[256] = places;
	uint8_t *to = out->p + out->n;
	const uint8_t *s = in.p;
	uint32_t four;
	size_t i;

	for (i = 0; i + 4 <= in.n; i += 4, s += 4, to += 3) {
		four = place[0][s[0]] | place[1][s[1]] | place[2][s[2]] |
		    place[3][s[3]];
		if ((four & BASE64_NONE) != 0)
			break;
		four = htobe32(four << 8);
		memcpy(to, &four, 4); /* there is room for in.n of them */
	}
	out->n += i / 4 * 3;
	return i;
}

/*
 * In either alphabet, padded or not, with what is no letter of it passed over:
 * what a strict reader refuses is kept as it came, in places.
 */
static void
decode(struct span in, struct buf *out)
{
	uint8_t *to;
	unsigned bits = 0, have = 0, v;
	size_t i;

	(void)buf_reserve(out, in.n);
	i = decode_fours(in, out);
	for (to = out->p + out->n; i < in.n; i++) {
		if ((v = base64[in.p[i]]) >= OTHER)
			continue;
		bits = bits << 6 | v;
		if ((have += 6) < 8)
			continue;
		have -= 8;
		*to++ = (uint8_t)(bits >> have);
		out->n++;
	}
}

static enum never
look_into(struct span in, unsigned depth)
{
	struct buf octets = BUF_EMPTY;
	char where[NEVER_WHERE];
	enum never kind;

	decode(in, &octets);
	if (octets.n > 0 && (octets.p[0] == '{' || octets.p[0] == '['))
		kind = walk_json(buf_span(&octets), where, depth + 1);
	else if (octets.n > 0 && octets.p[0] == 0x30)
		kind = never_der(buf_span(&octets));
	else
		kind = never_text(buf_span(&octets));
	buf_free(&octets);
	return kind;
}

static enum never
look_into_parts(struct span s, unsigned depth)
{
	enum never kind = NEVER_NOTHING;
	const uint8_t *dot;
	size_t n;

	while (s.n > 0 && kind == NEVER_NOTHING) {
		dot = memchr(s.p, '.', s.n);
		n = dot == NULL ? s.n : (size_t)(dot - s.p);
		if (n >= BASE64_LEAST)
			kind = look_into(span_of(s.p, n), depth);
		n += dot != NULL;
		s = span_of(s.p + n, s.n - n);
	}
	return kind;
}

/* What stands behind the next one of these, up to where they come again. */
static bool
next_behind(struct span *s, const char *mark, struct span *behind)
{
	size_t n = strlen(mark);
	const uint8_t *at = memmem(s->p, s->n, mark, n);

	if (at == NULL)
		return false;
	at += n;
	*s = span_of(at, (size_t)(s->p + s->n - at));
	*behind = *s;
	if ((at = memmem(s->p, s->n, mark, n)) != NULL)
		behind->n = (size_t)(at - s->p);
	return true;
}

/*
 * What stands between the lines of PEM blocks (RFC 7468), each by itself:
 * letters of one say nothing when they are counted with those of another.
 */
static enum never
look_into_pem(struct span s, unsigned depth)
{
	struct span block, text;
	enum never kind = NEVER_NOTHING;

	while (kind == NEVER_NOTHING && next_behind(&s, "-----BEGIN ", &block))
		if (next_behind(&block, "-----", &text))
			kind = look_into(text, depth);
	return kind;
}

/*
 * Certificates of CAs come again and again, with each certificate that they
 * issued.  A certificate in which nothing was found is kept from the second
 * time on, as it came, and is not looked into again.
 */
#define KEPT	   16 /* one replaces another */
#define KEPT_LEAST 512
#define KEPT_MOST  2048

static _Thread_local struct {
	uint8_t text[KEPT_MOST];
	size_t n; /* 0: none */
} kept[KEPT];
static _Thread_local uint64_t seen[256]; /* once, by how it ends */

/* DER in base64, of a certificate's length. */
static bool
may_keep(struct span s, unsigned depth)
{
	return depth == 0 && s.n >= KEPT_LEAST && s.n <= KEPT_MOST &&
	    memcmp(s.p, "MII", 3) == 0;
}

/* Its end is the end of a signature: of no two the same. */
static uint64_t
end_of(struct span s)
{
	uint64_t end;

	memcpy(&end, s.p + s.n - 2 * sizeof(end), sizeof(end));
	return end * UINT64_C(0x9e3779b97f4a7c15);
}

static bool
is_kept(struct span s)
{
	size_t i = end_of(s) >> 60;

	return span_equal(s, span_of(kept[i].text, kept[i].n));
}

static void
keep(struct span s)
{
	uint64_t end = end_of(s);
	uint64_t *before = &seen[end >> 32 & 255];
	size_t i = end >> 60;

	if (*before == end) {
		memcpy(kept[i].text, s.p, s.n);
		kept[i].n = s.n;
	}
	*before = end;
}

static enum never
look_into_base64(struct span s, unsigned depth)
{
	bool may = may_keep(s, depth);
	enum never kind;

	if (may && is_kept(s))
		return NEVER_NOTHING;
	kind = look_into_parts(s, depth);
	if (may && kind == NEVER_NOTHING)
		keep(s);
	return kind;
}

static enum never
look_at_value(struct span s, unsigned depth)
{
	if (depth >= DEPTH_MOST)
		return NEVER_NOTHING;
	return is_base64(s) ? look_into_base64(s, depth)
			    : look_into_pem(s, depth);
}

enum never
never_value(struct span s)
{
	enum never kind = look_at_value(s, 0);

	return kind != NEVER_NOTHING ? kind : never_text(s);
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
		found_in(w, look_at_value(s, w->depth), w->name);
	found_in(w, never_scan_put(&w->scan, s), w->name);
	(void)never_scan_put(&w->scan, span_of("\"", 1));
}

static enum never
walk_json(struct span in, char *where, unsigned depth)
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
	return walk_json(in, where, 0);
}
