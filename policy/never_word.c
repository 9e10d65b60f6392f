/*
 * A run of letters and digits: a label, or behind one a value of its shape.
 */

#include <ctype.h>
#include <string.h>

#include "policy/never_inside.h"

#define FILLER_MOST 3 /* words such as "is" between a label and its value */

void
never_find(struct never_scan *s, enum never kind)
{
	if (s->found == NEVER_NOTHING)
		s->found = kind;
}

bool
never_fits_label(const struct never_label *l, const char *value, size_t n)
{
	return never_fits(l->shape, value, n) &&
	    (!l->common || l->shape != SHAPE_KEY || n == 32);
}

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
	if (never_fits_label(l, s->value, s->nvalue) &&
	    (!l->common || s->marked))
		never_find(s, l->kind);
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
	if (l != NULL && !l->common && never_fits_label(l, word + n, s->n - n))
		never_find(s, l->kind);
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
		never_find(s, NEVER_PROFILE);
	if (s->n == 5 && s->gap >= 5 && memcmp(word, "begin", 5) == 0)
		s->pem = true;
}

void
never_word(struct never_scan *s, const char *word)
{
	const struct never_label *l;

	if (s->label != NULL)
		put_value(s, word, s->n);
	if ((l = label_here(s)) != NULL)
		set_label(s, l);
	else if (s->n > 8)
		put_glued(s, word);
	if (s->gap_octet == '@' && is_realm(s))
		never_find(s, NEVER_IMSI);
	if (s->pem || s->gap_octet == '-')
		put_pem(s, word);
}
