#ifndef POLICY_NEVER_INSIDE_H
#define POLICY_NEVER_INSIDE_H

#include <stdbool.h>

#include "policy/never.h"

/* What names and texts share: labels, and the shapes of their values. */

enum never_shape {
	SHAPE_NAME, /* no value of its own: the name of a member says enough */
	SHAPE_IMSI,
	SHAPE_MSISDN,
	SHAPE_ICCID,
	SHAPE_KEY, /* 16 or 32 octets */
	SHAPE_AUTS,
	SHAPE_RES,
	SHAPE_SQN,
	SHAPE_PIN,
	SHAPE_PUK,
	SHAPE_ADM,
};

struct never_label {
	const char *text;
	size_t n;
	enum never kind;
	enum never_shape shape;
	bool common; /* a word of other trades, too */
};

/* May one of this letter and length be a label?  Most are not. */
extern uint32_t never_lengths[26]; /* by letter: a bit for each length */
static inline bool
never_label_may(char first, size_t n)
{
	return n < 32 && (unsigned char)(first - 'a') < 26 &&
	    (never_lengths[(unsigned char)(first - 'a')] >> n & 1) != 0;
}
/* The label of this spelling, in lower case, or NULL. */
const struct never_label *never_label_of(const char *, size_t);
static inline const struct never_label *
never_label(const char *word, size_t n)
{
	return n > 0 && never_label_may(word[0], n) ? never_label_of(word, n)
						    : NULL;
}
/* Is this, in lower case, such a value? */
bool never_fits(enum never_shape, const char *, size_t);
/* Of few digits: many other things look like it. */
bool never_is_short(enum never_shape);
bool never_is_hex(const char *, size_t);

/* The same of its label: a word of other trades is believed with the one usual
 * length only. */
bool never_fits_label(const struct never_label *, const char *value, size_t);

/*
 * What a text has in base64: JSON, DER, or another text.  depth: how many of
 * these it stands in itself; of one that stands in too many nothing is said.
 */
enum never never_base64(struct span, unsigned depth);
/* never_json() of such a one. */
enum never never_walk_json(
    struct span, char where[NEVER_WHERE], unsigned depth);

/* It is found, if nothing was before. */
void never_find(struct never_scan *, enum never);
/* s->n octets: a whole run, in lower case. */
void never_word(struct never_scan *s, const char *word);

/* Letters and digits, of ASCII. */
static inline bool
never_is_word(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10;
}

#endif
