/*
 * Building ribbons: each block's equations are brought into echelon form as
 * they come, then solved from the last column to the first.
 */

#include <stdlib.h>

#include "base/err.h"
#include "kit/ribbon_inside.h"

#define BLOCK_KEYS 32768 /* on average */
#define TRIES	   250	 /* of one block; a few are what it takes */

/* One equation in echelon form, by its first column. */
struct pivot {
	uint64_t band[RIBBON_WORDS]; /* the first bit is 1, or all are 0 */
	bool one;
};

struct building {
	unsigned bits;
	uint64_t seed; /* of the whole */
	uint32_t nblocks;
	const struct ribbon_entry *entries;
	uint32_t *order; /* entries by their blocks */
	uint32_t *ends;	 /* of each block in order */
	bool filter;	 /* all shall give 0 */
	struct pivot *pivots;
	uint32_t room; /* of pivots */
	uint64_t chance;
};

/* ---- which block */

static void
sort_into_blocks(struct building *b, size_t n)
{
	struct ribbon_hash h;
	uint32_t *next = xcalloc((size_t)b->nblocks + 1, sizeof(*next)), i;
	size_t k;

	b->ends = xcalloc(b->nblocks, sizeof(*b->ends));
	b->order = xcalloc(n + 1, sizeof(*b->order));
	for (k = 0; k < n; k++) {
		h = ribbon_hash_of(&b->entries[k].key, b->seed);
		next[ribbon_block_of(&h, b->nblocks) + 1]++;
	}
	for (i = 0; i < b->nblocks; i++) {
		next[i + 1] += next[i];
		b->ends[i] = next[i + 1];
	}
	for (k = 0; k < n; k++) {
		h = ribbon_hash_of(&b->entries[k].key, b->seed);
		b->order[next[ribbon_block_of(&h, b->nblocks)]++] = (uint32_t)k;
	}
	free(next);
}

/* ---- one block */

static bool
is_empty(const struct pivot *p)
{
	return p->band[0] == 0;
}

/* The first column that is not 0 becomes the band's first; -1: none is. */
static int
shift_to_first(uint64_t band[RIBBON_WORDS])
{
	int words = 0, bits, i;

	while (words < RIBBON_WORDS && band[words] == 0)
		words++;
	if (words == RIBBON_WORDS)
		return -1;
	for (i = 0; words > 0 && i < RIBBON_WORDS; i++)
		band[i] = i + words < RIBBON_WORDS ? band[i + words] : 0;
	bits = __builtin_clzll(band[0]);
	for (i = 0; bits > 0 && i < RIBBON_WORDS; i++)
		band[i] = band[i] << bits |
		    (i + 1 < RIBBON_WORDS ? band[i + 1] >> (64 - bits) : 0);
	return words * 64 + bits;
}

/* -1: it contradicts those that are there. */
static int
add_equation(struct building *b, struct ribbon_row *row, bool one)
{
	uint32_t at = row->start;
	struct pivot *p;
	int i, shift;

	while (!is_empty(p = &b->pivots[at])) {
		for (i = 0; i < RIBBON_WORDS; i++)
			row->band[i] ^= p->band[i];
		one ^= p->one;
		if ((shift = shift_to_first(row->band)) == -1)
			return one ? -1 : 0;
		at += (uint32_t)shift;
	}
	memcpy(p->band, row->band, sizeof(p->band));
	p->one = one;
	return 0;
}

static int
add_equations(struct building *b, uint32_t from, uint32_t to, uint8_t seed,
    uint32_t columns)
{
	const struct ribbon_entry *e;
	struct ribbon_row row;
	struct ribbon_hash h;
	uint32_t k;

	if (columns > b->room) {
		b->room = columns + columns / 8;
		b->pivots = xrealloc(b->pivots, b->room * sizeof(*b->pivots));
	}
	memset(b->pivots, 0, columns * sizeof(*b->pivots));
	for (k = from; k < to; k++) {
		e = &b->entries[b->order[k]];
		h = ribbon_hash_of(&e->key, b->seed);
		ribbon_row_of(&h, seed, columns, &row);
		if (add_equation(b, &row, e->one) == -1)
			return -1;
	}
	return 0;
}

/* A column that no equation settles is a coin's in a filter, else 0. */
static bool
coin(struct building *b)
{
	if (!b->filter)
		return false;
	b->chance ^= b->chance << 13;
	b->chance ^= b->chance >> 7;
	b->chance ^= b->chance << 17;
	return (b->chance >> 32) & 1;
}

/* Of one bit: the columns, from octet out[0]'s bit `at` on. */
static void
solve(struct building *b, uint32_t columns, uint8_t *out, size_t at)
{
	uint64_t window[RIBBON_WORDS] = { 0 }, sum;
	const struct pivot *p;
	bool x;
	int i;

	for (uint32_t c = columns; c-- > 0;) {
		for (i = RIBBON_WORDS - 1; i > 0; i--)
			window[i] = window[i] >> 1 | window[i - 1] << 63;
		window[0] >>= 1;
		p = &b->pivots[c];
		if (is_empty(p))
			x = coin(b);
		else {
			for (sum = 0, i = 0; i < RIBBON_WORDS; i++)
				sum ^= p->band[i] & window[i];
			x = p->one ^ (bool)__builtin_parityll(sum);
		}
		window[0] |= (uint64_t)x << 63;
		if (x)
			out[(at + c) / 8] |= (uint8_t)(0x80 >> (at + c) % 8);
	}
}

/*
 * How many columns to try: a filter has always a solution, but where equations
 * crowd it lets more pass; what must be exact gets some more at each failure.
 */
static uint32_t
columns_for(const struct building *b, uint32_t n, uint32_t tries)
{
	uint32_t spare = b->filter ? n / 128 : n / 256;

	return RIBBON_WIDTH + n + spare + tries * (8 + n / 1024);
}

static int
build_block(struct building *b, uint32_t i, uint8_t *head, struct buf *out)
{
	uint32_t from = i == 0 ? 0 : b->ends[i - 1], to = b->ends[i], columns;
	uint8_t *octets;
	unsigned bit, tries;
	size_t n;

	for (tries = 0;; tries++) {
		if (tries == TRIES)
			return err_set_code(ERR_INPUT, "KIT_KEYS",
			    "one key is to give 0 and 1");
		columns = columns_for(b, to - from, tries);
		if (add_equations(b, from, to, (uint8_t)tries, columns) == 0)
			break;
	}
	for (int k = 0; k < 4; k++)
		head[k] = (uint8_t)(columns >> (24 - 8 * k));
	head[4] = (uint8_t)tries;
	n = ribbon_octets(b->bits, columns);
	octets = buf_reserve(out, n);
	memset(octets, 0, n);
	for (bit = 0; bit < b->bits; bit++)
		solve(b, columns, octets, (size_t)bit * columns);
	out->n += n;
	return 0;
}

/* ---- all of them */

static void
put_be(struct buf *out, uint64_t x, int n)
{
	while (n-- > 0)
		buf_putc(out, (char)(x >> (8 * n)));
}

static bool
all_zero(const struct ribbon_entry *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (e[i].one)
			return false;
	return true;
}

int
ribbon_build(const struct ribbon_entry *e, size_t n, unsigned bits,
    uint64_t seed, struct buf *out)
{
	struct building b = { .bits = bits, .seed = seed, .entries = e };
	struct buf solutions = BUF_EMPTY;
	uint8_t head[5];
	uint32_t i;
	int rc = 0;

	if (n > RIBBON_KEYS_MAX || bits < 1 || bits > RIBBON_BITS_MAX)
		return err_set_code(ERR_INPUT, "KIT_KEYS",
		    "%zu keys of %u bits are more than a filter takes", n,
		    bits);
	b.nblocks = (uint32_t)((n + BLOCK_KEYS - 1) / BLOCK_KEYS);
	b.nblocks = b.nblocks == 0 ? 1 : b.nblocks;
	b.filter = all_zero(e, n);
	b.chance = seed | 1;
	sort_into_blocks(&b, n);
	put_be(out, bits, 1);
	put_be(out, seed, 8);
	put_be(out, b.nblocks, 4);
	for (i = 0; rc == 0 && i < b.nblocks; i++)
		if ((rc = build_block(&b, i, head, &solutions)) == 0)
			buf_put(out, head, sizeof(head));
	buf_put_span(out, buf_span(&solutions));
	buf_free(&solutions);
	free(b.order);
	free(b.ends);
	free(b.pivots);
	return rc;
}
