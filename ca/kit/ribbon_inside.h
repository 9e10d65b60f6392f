#ifndef KIT_RIBBON_INSIDE_H
#define KIT_RIBBON_INSIDE_H

#include <endian.h>
#include <string.h>

#include "kit/ribbon.h"

/*
 * What building a ribbon and asking it must agree on; for ribbon*.c only.
 *
 * A key's equation has its non-zero coefficients in a band of 256 columns,
 * the first of which is one; wider bands leave fewer columns unused.  Word i of
 * a band is columns 64 i to 64 i + 63 of it, the most significant bit first
 * (and so are columns in a solution's octets).
 */
#define RIBBON_WORDS	   4
#define RIBBON_WIDTH	   (64 * RIBBON_WORDS)
#define RIBBON_HEAD	   13 /* octets before the blocks */
#define RIBBON_COLUMNS_MAX (1u << 24)

struct ribbon_hash {
	uint64_t first, second;
};

struct ribbon_row {
	uint32_t start; /* of the band */
	uint64_t band[RIBBON_WORDS];
};

struct ribbon_hash ribbon_hash_of(const struct kit_key *, uint64_t seed);
uint32_t ribbon_block_of(const struct ribbon_hash *, uint32_t nblocks);
void ribbon_row_of(const struct ribbon_hash *, uint8_t seed, uint32_t columns,
    struct ribbon_row *);

bool ribbon_row_is_zero(const struct ribbon *, const struct ribbon_block *,
    const struct ribbon_row *);

static inline size_t
ribbon_octets(unsigned bits, uint32_t columns)
{
	return ((size_t)bits * columns + 7) / 8;
}

static inline uint64_t
get_be(const uint8_t *p, int n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | *p++;
	return x;
}

static inline uint64_t
get_be64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return be64toh(x);
}

#endif
