/*
 * Building ribbons: each block's equations are brought into echelon form as
 * they come, then solved from the last column to the first.
 */

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "kit/ribbon_inside.h"

#define BLOCK_KEYS 32768 /* on average */
#define TRIES	   250	 /* of one block; a few are what it takes */
#define SAMPLES	   16384 /* of what a filter lets pass */

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

/* xorshift64 of G. Marsaglia */
static uint64_t
chance(struct building *b)
{
	b->chance ^= b->chance << 13;
	b->chance ^= b->chance >> 7;
	b->chance ^= b->chance << 17;
	return b->chance;
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
		if (is_empty(p)) /* no equation settles it */
			x = b->filter && (chance(b) >> 32 & 1);
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
 * Where equations crowd until they settle all columns, those of a filter are 0,
 * and it lets everything pass: does it let pass more than it should?
 */
static bool
leaks(struct building *b, const struct ribbon_block *block, size_t n)
{
	struct ribbon r = { .bits = b->bits,
		.octets = span_of(block->octets, n) };
	double due = (double)SAMPLES / (double)(UINT64_C(1) << b->bits);
	double most = due + 2 + 2 * sqrt(due), passed = 0;
	struct ribbon_hash h;
	struct ribbon_row row;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		h.first = chance(b);
		h.second = chance(b);
		ribbon_row_of(&h, 0, block->columns, &row);
		passed += ribbon_row_is_zero(&r, block, &row);
	}
	return passed > most;
}

/* How many columns to try: some more after each failure. */
static uint32_t
columns_for(const struct building *b, uint32_t n, uint32_t tries)
{
	uint32_t spare = b->filter ? n / 128 : n / 256;

	return RIBBON_WIDTH + n + spare + tries * (8 + n / 1024);
}

/* Into the octets, as many as it takes; -1: not with this seed. */
static int
try_block(struct building *b, uint32_t from, uint32_t to,
    const struct ribbon_block *block, uint8_t *octets)
{
	size_t n = ribbon_octets(b->bits, block->columns);
	unsigned bit;

	if (add_equations(b, from, to, block->seed, block->columns) == -1)
		return -1;
	memset(octets, 0, n);
	for (bit = 0; bit < b->bits; bit++)
		solve(b, block->columns, octets, (size_t)bit * block->columns);
	return b->filter && leaks(b, block, n) ? -1 : 0;
}

static int
build_block(struct building *b, uint32_t i, uint8_t *head, struct buf *out)
{
	uint32_t from = i == 0 ? 0 : b->ends[i - 1], to = b->ends[i];
	struct ribbon_block block = { .seed = 0 };
	uint8_t *octets;
	unsigned tries;
	size_t n;

	for (tries = 0; tries < TRIES; tries++) {
		block.seed = (uint8_t)tries;
		block.columns = columns_for(b, to - from, tries);
		n = ribbon_octets(b->bits, block.columns);
		block.octets = octets = buf_reserve(out, n);
		if (try_block(b, from, to, &block, octets) == -1)
			continue;
		for (int k = 0; k < 4; k++)
			head[k] = (uint8_t)(block.columns >> (24 - 8 * k));
		head[4] = block.seed;
		out->n += n;
		return 0;
	}
	return err_set_code(
	    ERR_INPUT, "KIT_KEYS", "one key is to give 0 and 1");
}

/* ---- all of them */

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
	buf_put_be(out, bits, 1);
	buf_put_be(out, seed, 8);
	buf_put_be(out, b.nblocks, 4);
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
