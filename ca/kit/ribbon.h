#ifndef KIT_RIBBON_H
#define KIT_RIBBON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A function from keys to a few bits, of little more than those bits for each
 * key: the solution of a banded system of linear equations over GF(2), one
 * equation a key (P. Dillinger, S. Walzer: Ribbon filter; with L. Huebschle-
 * Schneider, P. Sanders: Fast Succinct Retrieval and Approximate Membership
 * using Ribbon).  Keys that were not put in give bits like chance.
 *
 * Keys are spread over blocks, each a system of its own, so that building needs
 * memory for one block and a failure concerns one block: it gets a few more
 * columns, or another seed, and is tried again.
 *
 *	ribbon ::= bits (1) seed (8) blocks (4)
 *	           blocks * { columns (4) seed (1) }
 *	           blocks * { bits * columns bits, each filled up to an octet }
 *
 * Numbers are big-endian.
 */

/* A key: octets that look like chance already, or a digest's. */
struct kit_key {
	uint64_t high, low;
};

struct kit_key kit_key_of(const uint8_t octets[16]);

/* One key and what it shall give: 0 or 1, in every bit. */
struct ribbon_entry {
	struct kit_key key;
	bool one;
};

#define RIBBON_BITS_MAX 30
#define RIBBON_KEYS_MAX ((size_t)1 << 31)

/*
 * Append one that gives each key what it shall.  When all shall give 0, any
 * other key does with a chance of about 2^-bits: a filter.  ERR_INPUT, code
 * KIT_KEYS: the same key with both, or more keys than it takes.
 */
int ribbon_build(const struct ribbon_entry *, size_t n, unsigned bits,
    uint64_t seed, struct buf *);

struct ribbon_block {
	const uint8_t *octets; /* of the first bit's columns */
	uint32_t columns;
	uint8_t seed;
};

struct ribbon {
	unsigned bits;
	uint64_t seed;
	uint32_t nblocks;
	struct ribbon_block *blocks;
	struct span octets; /* all of the solutions */
};

/*
 * Take one off the front of the span, from which it borrows.  ERR_INPUT, code
 * KIT_MALFORMED.  Free in either case.
 */
int ribbon_parse(struct span *, struct ribbon *);
void ribbon_free(struct ribbon *);

/* Are all its bits 0? */
bool ribbon_is_zero(const struct ribbon *, const struct kit_key *);

#endif
