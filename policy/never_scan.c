/*
 * What never enters, in a text or a file: its octets make runs of letters and
 * digits (never_word.c), base64, and tables.
 */

#include <endian.h>
#include <string.h>

#include "policy/never_inside.h"

#define GAP_MOST 24 /* octets between a label and its value */

void
never_scan_begin(struct never_scan *s)
{
	memset(s, 0, sizeof(*s));
}

static void
end_word(struct never_scan *s)
{
	const char *word = s->words[s->current];

	if (s->n < NEVER_WORD)
		never_word(s, word);
	else
		s->label = NULL;
	if (s->ncell + s->n < sizeof(s->cell)) {
		memcpy(s->cell + s->ncell, word, s->n);
		s->ncell += s->n;
	} else
		s->ncell = sizeof(s->cell);
	s->runs++;
	s->nbefore = s->n;
	s->current ^= 1;
	s->n = s->hump = s->gap = 0;
}

/* ---- tables: a heading line, and columns under it */

static void
end_cell(struct never_scan *s)
{
	const struct never_label *l;

	if (s->column < NEVER_COLUMNS && s->ncell > 0 &&
	    s->ncell < sizeof(s->cell)) {
		if (s->has_heading && (l = s->heading[s->column]) != NULL &&
		    (s->runs == 1 || !never_is_short(l->shape)) &&
		    never_fits_label(l, s->cell, s->ncell))
			never_find(s, l->kind);
		l = never_label(s->cell, s->ncell);
		if (l != NULL && (!l->common || l->shape == SHAPE_KEY)) {
			s->columns[s->column] = l;
			s->has_columns = true;
		}
	}
	s->ncell = s->runs = 0;
	s->column++;
}

static void
end_line(struct never_scan *s)
{
	end_cell(s);
	if (s->has_columns && s->column > 1) {
		memcpy(s->heading, s->columns, sizeof(s->heading));
		s->has_heading = true;
	}
	if (s->has_columns)
		memset(s->columns, 0, sizeof(s->columns));
	s->has_columns = s->pem = false;
	s->column = 0;
}

/* ---- octets */

/*
 * The header of a profile package (TCA Interoperable Profile, ProfileHeader):
 * [0] { major-version [0] v, minor-version [1] v, ... } in DER, here with the
 * octet that the last eight end with.
 */
static inline bool
is_profile(uint64_t octets)
{
	unsigned first = octets >> 56, version = octets >> 24 & 0xff;

	return (octets & UINT64_C(0x0000ffff00ffff00)) ==
	    UINT64_C(0x0000800100810100) &&
	    (first == 0xa0 || first == 0x81) && version > 0 && version < 10;
}

/* 22 letters of base64 and "==": 16 octets. */
static void
put_base64(struct never_scan *s, uint8_t c)
{
	if (never_is_word(c) || c == '+' || c == '/')
		s->base64 = s->base64 < 0 ? 1 : s->base64 + 1;
	else if (s->base64 == 22 && c == '=')
		s->base64 = 100;
	else if (s->base64 == 100 && c == '=' && (!s->key->common || s->marked))
		never_find(s, s->key->kind);
	else if (s->base64 >= 0)
		s->key = NULL;
}

/* What parts a label from its value, or ends the hope for one. */
static void
put_label_gap(struct never_scan *s, uint8_t c)
{
	if (s->gap > GAP_MOST ||
	    (never_is_short(s->label->shape) && strchr(".,;(\n", c) != NULL))
		s->label = NULL;
	else if (strchr(":=>\"'", c) != NULL)
		s->marked = true;
}

static void
put_gap(struct never_scan *s, uint8_t c)
{
	if (s->n > 0)
		end_word(s);
	s->gap++;
	s->gap_octet = c;
	if (s->label != NULL)
		put_label_gap(s, c);
	if (c == '\n')
		end_line(s);
	else if (c == ',' || c == ';' || c == '\t' || c == '|')
		end_cell(s);
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

static inline uint64_t
eight_of(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, 8);
	return eight;
}

static void
put_lower_eight(char *to, const uint8_t *from)
{
	uint64_t eight = eight_of(from) | EACH(0x20);

	memcpy(to, &eight, 8);
}

/* In lower case: a digit has that bit, too. */
static void
put_lower(char *to, const uint8_t *from, size_t n)
{
	size_t i;

	if (n < 8) {
		for (i = 0; i < n; i++)
			to[i] = (char)(from[i] | 0x20);
		return;
	}
	for (i = 0; i + 8 < n; i += 8)
		put_lower_eight(to + i, from + i);
	put_lower_eight(to + n - 8, from + n - 8);
}

/* The last place of these where a capital follows a small letter, or n. */
static size_t
find_hump(const uint8_t *p, size_t n, uint8_t before)
{
	size_t i;

	for (i = n; i-- > 0;)
		if (p[i] >= 'A' && p[i] <= 'Z' &&
		    (i > 0 ? p[i - 1] : before) >= 'a')
			return i;
	return n;
}

/* The first octets of the run, in lower case, as many as matter. */
static void
put_letters(struct never_scan *s, const uint8_t *p, size_t n)
{
	size_t hump;

	if (n > NEVER_WORD - s->n)
		n = NEVER_WORD - s->n;
	if (n == 0)
		return;
	put_lower(s->words[s->current] + s->n, p, n);
	hump = find_hump(p, n, s->n > 0 ? s->last : 0);
	if (hump < n)
		s->hump = s->n + hump;
	s->n += n;
	s->last = p[n - 1];
}

/* Of the last eight octets, those that are of the run. */
static void
put_octets(struct never_scan *s, const uint8_t *p, size_t n)
{
	if (n >= 8) {
		s->octets = be64toh(eight_of(p + n - 8));
		return;
	}
	while (n-- > 0)
		s->octets = s->octets << 8 | *p++;
}

/* The highest bit of each of eight octets that never_is_word() is false of. */
static inline uint64_t
others_of(uint64_t eight)
{
	uint64_t low = eight & EACH(0x7f), lower = low | EACH(0x20);
	uint64_t letters =
	    (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x80 - 'z' - 1));
	uint64_t digits =
	    (low + EACH(0x80 - '0')) & ~(low + EACH(0x80 - '9' - 1));

	return (~(letters | digits) | eight) & EACH(0x80);
}

static const uint8_t *
end_of_run(const uint8_t *p, const uint8_t *end)
{
	uint64_t others;

	for (; end - p >= 8; p += 8)
		if ((others = others_of(le64toh(eight_of(p)))) != 0)
			return p + __builtin_ctzll(others) / 8;
	while (p < end && never_is_word(*p))
		p++;
	return p;
}

/* A run of letters and digits, from p to its end or that of what came. */
static const uint8_t *
put_run(struct never_scan *s, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *run = p;

	p = end_of_run(p, end);
	put_letters(s, run, (size_t)(p - run));
	s->base64_run += (size_t)(p - run);
	put_octets(s, run, (size_t)(p - run));
	return p;
}

enum never
never_scan_put(struct never_scan *s, struct span in)
{
	const uint8_t *p = in.p, *end = in.p + in.n, *run;

	while (p < end && s->found == NEVER_NOTHING) {
		run = p;
		p = put_run(s, p, end);
		for (; s->key != NULL && run < p; run++)
			put_base64(s, *run);
		if (p == end)
			break;
		s->octets = s->octets << 8 | *p;
		if (*p != 0 && s->key != NULL)
			put_base64(s, *p);
		if (*p != 0)
			put_gap(s, *p);
		if (*p == '+' || *p == '/')
			s->base64_run++;
		else if (*p != 0)
			s->base64_run = 0;
		p++;
		if (is_profile(s->octets))
			never_find(s, NEVER_PROFILE);
	}
	return s->found;
}

enum never
never_scan_end(struct never_scan *s)
{
	if (s->found == NEVER_NOTHING)
		put_gap(s, '\n');
	return s->found;
}

enum never
never_text(struct span text)
{
	struct never_scan s;

	never_scan_begin(&s);
	(void)never_scan_put(&s, text);
	return never_scan_end(&s);
}
