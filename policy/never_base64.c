/*
 * What never enters, in a text: as it stands there, and in base64, of which
 * the parts of a JWS and what PEM holds are made, too.
 */

#include <endian.h>
#include <string.h>

#include "base/enc.h"
#include "policy/never_inside.h"

#define DEPTH_MOST   3
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
		kind = never_walk_json(buf_span(&octets), where, depth + 1);
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

enum never
never_base64(struct span s, unsigned depth)
{
	if (depth >= DEPTH_MOST)
		return NEVER_NOTHING;
	return is_base64(s) ? look_into_base64(s, depth)
			    : look_into_pem(s, depth);
}

enum never
never_value(struct span s)
{
	enum never kind = never_base64(s, 0);

	return kind != NEVER_NOTHING ? kind : never_text(s);
}
