/*
 * What never enters, in a text or a file: a label, and behind it a value of
 * its shape.
 */

#include <ctype.h>
#include <endian.h>
#include <string.h>

#include "policy/never_inside.h"

static bool letters[256]; /* never_is_word() */

static void __attribute__((constructor)) index_letters(void)
{
	unsigned i;

	for (i = 0; i < 256; i++)
		letters[i] = never_is_word((uint8_t)i);
}

#define GAP_MOST    24 /* octets between a label and its value */
#define FILLER_MOST 3  /* words such as "is" between the two */

void
never_scan_begin(struct never_scan *s)
{
	memset(s, 0, sizeof(*s));
}

static void
find(struct never_scan *s, enum never kind)
{
	if (s->found == NEVER_NOTHING)
		s->found = kind;
}

/* A word of other trades is believed with the one usual length only. */
static bool
fits(const struct never_label *l, const char *value, size_t n)
{
	return never_fits(l->shape, value, n) &&
	    (!l->common || l->shape != SHAPE_KEY || n == 32);
}

/* ---- a label and its value */

/*
 * Of many signatures one has a label among its letters, and 22 of them behind
 * that before the padding: where so many stand before it, they are one value.
 */
#define INSIDE_LEAST 40

static bool
is_inside_base64(const struct never_scan *s, const struct never_label *l)
{
	return s->base64_run >= l->n + INSIDE_LEAST;
}

static void
set_label(struct never_scan *s, const struct never_label *l)
{
	s->label = l;
	s->nvalue = 0;
	s->fillers = s->groups = 0;
	s->marked = s->plus = false;
	s->key = l->shape == SHAPE_KEY && !is_inside_base64(s, l) ? l : NULL;
	s->base64 = -1;
}

/* Words that may stand between "IMSI" and its digits. */
static bool
is_filler(const char *word, size_t n)
{
	static const char *const fillers[] = { "is", "was", "value", "number",
		"no", "nr", "code", "hex", "of", "the", "card", "h", "td",
		"string", "text", "key", "equals", "decimal", "octet" };
	size_t i;

	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (strncmp(fillers[i], word, n) == 0 && fillers[i][n] == '\0')
			return true;
	return false;
}

/* May a value of this shape be written in groups?  A date must be none. */
static bool
may_group(const struct never_scan *s)
{
	if (s->label->common || s->gap > 2)
		return false;
	if (s->label->shape == SHAPE_KEY)
		return true;
	if (s->gap > 1 || s->gap_octet == ':')
		return false;
	switch (s->label->shape) {
	case SHAPE_IMSI:
	case SHAPE_ICCID:
		return s->groups == 1 ||
		    (s->groups < 5 && s->gap_octet == s->joint);
	case SHAPE_MSISDN:
		return s->plus;
	default:
		return false;
	}
}

/* This run continues the value, ends it, or makes it none. */
static void
put_value(struct never_scan *s, const char *word, size_t n)
{
	const struct never_label *l = s->label;

	if (n > 2 && word[0] == '0' && word[1] == 'x') {
		word += 2;
		n -= 2;
	}
	if (n >= sizeof(s->value) - s->nvalue || !never_is_hex(word, n)) {
		if (s->nvalue > 0 || s->fillers++ == FILLER_MOST ||
		    !is_filler(word, n))
			s->label = NULL;
		return;
	}
	if (s->groups > 0 && !may_group(s)) {
		s->label = NULL;
		return;
	}
	if (s->groups == 0)
		s->plus = s->gap_octet == '+';
	if (s->groups++ == 1)
		s->joint = s->gap_octet;
	memcpy(s->value + s->nvalue, word, n);
	s->nvalue += n;
	if (fits(l, s->value, s->nvalue) && (!l->common || s->marked))
		find(s, l->kind);
}

/* "imsi262011234567890": label and digits in one run. */
static void
put_glued(struct never_scan *s, const char *word)
{
	const struct never_label *l;
	size_t n = 2;

	while (n < s->n && !isdigit((unsigned char)word[n]))
		n++;
	if (n == s->n || n > 16)
		return;
	l = never_label(word, n);
	if (l != NULL && !l->common && fits(l, word + n, s->n - n))
		find(s, l->kind);
}

/* This run and the one before as one label: "im-si", "Subscriber Key". */
static const struct never_label *
label_of_two(const struct never_scan *s)
{
	const char *before = s->words[s->current ^ 1];
	const struct never_label *l;
	char both[2 * NEVER_WORD];

	if (s->nbefore == 0 || s->gap != 1 ||
	    strchr("_- .", s->gap_octet) == NULL ||
	    !never_label_may(before[0], s->nbefore + s->n))
		return NULL;
	memcpy(both, before, s->nbefore);
	memcpy(both + s->nbefore, s->words[s->current], s->n);
	l = never_label(both, s->nbefore + s->n);
	return l != NULL && !l->common ? l : NULL;
}

/* The label that ends with this run: the run, its last part, or two runs. */
static const struct never_label *
label_here(const struct never_scan *s)
{
	const char *word = s->words[s->current];
	const struct never_label *l;

	if ((l = never_label(word, s->n)) != NULL)
		return l;
	if (s->hump > 0) {
		l = never_label(word + s->hump, s->n - s->hump);
		if (l != NULL && !l->common)
			return l;
	}
	return label_of_two(s);
}

/* 262011234567890@nai..., 3GPP TS 23.003 section 14 */
static bool
is_realm(const struct never_scan *s)
{
	const char *word = s->words[s->current];
	const char *before = s->words[s->current ^ 1];

	return s->gap == 1 && s->gap_octet == '@' && s->nbefore >= 14 &&
	    s->nbefore <= 16 && isdigit((unsigned char)before[0]) &&
	    never_is_hex(before, s->nbefore) &&
	    ((s->n == 3 &&
		 (memcmp(word, "nai", 3) == 0 ||
		     memcmp(word, "ims", 3) == 0)) ||
		(s->n == 4 && memcmp(word, "wlan", 4) == 0));
}

/* "-----BEGIN ", and what such a block may not hold. */
static void
put_pem(struct never_scan *s, const char *word)
{
	const struct never_label *l;

	if (s->pem && (l = never_label(word, s->n)) != NULL &&
	    (l->kind == NEVER_PROFILE || !l->common))
		find(s, NEVER_PROFILE);
	if (s->n == 5 && s->gap >= 5 && memcmp(word, "begin", 5) == 0)
		s->pem = true;
}

static void
look_at_word(struct never_scan *s, const char *word)
{
	const struct never_label *l;

	if (s->label != NULL)
		put_value(s, word, s->n);
	if ((l = label_here(s)) != NULL)
		set_label(s, l);
	else if (s->n > 8)
		put_glued(s, word);
	if (s->gap_octet == '@' && is_realm(s))
		find(s, NEVER_IMSI);
	if (s->pem || s->gap_octet == '-')
		put_pem(s, word);
}

static void
end_word(struct never_scan *s)
{
	const char *word = s->words[s->current];

	if (s->n < NEVER_WORD)
		look_at_word(s, word);
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
		    fits(l, s->cell, s->ncell))
			find(s, l->kind);
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
		find(s, s->key->kind);
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

/* In lower case: a digit has that bit, too. */
static void
put_lower(char *to, const uint8_t *from, size_t n)
{
	uint64_t eight;

	for (; n >= 8; to += 8, from += 8, n -= 8) {
		memcpy(&eight, from, 8);
		eight |= UINT64_C(0x2020202020202020);
		memcpy(to, &eight, 8);
	}
	while (n-- > 0)
		*to++ = (char)(*from++ | 0x20);
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
	uint64_t eight;

	if (n >= 8) {
		memcpy(&eight, p + n - 8, 8);
		s->octets = be64toh(eight);
		return;
	}
	while (n-- > 0)
		s->octets = s->octets << 8 | *p++;
}

/* A run of letters and digits, from p to its end or that of what came. */
static const uint8_t *
put_run(struct never_scan *s, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *run = p;

	while (p < end && letters[*p])
		p++;
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
			find(s, NEVER_PROFILE);
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
