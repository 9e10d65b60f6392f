/*
 * Ribbons: reading one, and asking it.
 */

#include <stdlib.h>

#include "base/err.h"
#include "kit/ribbon_inside.h"

struct kit_key
kit_key_of(const uint8_t octets[16])
{
	return (struct kit_key){ get_be64(octets), get_be64(octets + 8) };
}

/* The finaliser of MurmurHash3: each bit of what goes in turns half of them. */
static inline uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static inline uint32_t
scale(uint64_t x, uint32_t n)
{
	return (uint32_t)(((x >> 32) * n) >> 32);
}

struct ribbon_hash
ribbon_hash_of(const struct kit_key *key, uint64_t seed)
{
	uint64_t high = mix(key->high ^ seed);

	return (struct ribbon_hash){ high, mix(key->low + high) };
}

uint32_t
ribbon_block_of(const struct ribbon_hash *h, uint32_t nblocks)
{
	return scale(h->first, nblocks);
}

void
ribbon_row_of(const struct ribbon_hash *h, uint8_t seed, uint32_t columns,
    struct ribbon_row *row)
{
	uint64_t x = mix(h->second + seed * UINT64_C(0x9e3779b97f4a7c15));
	int i;

	row->start = scale(x, columns - RIBBON_WIDTH + 1);
	for (i = 0; i < RIBBON_WORDS; i++) {
		x += UINT64_C(0x9e3779b97f4a7c15);
		row->band[i] = mix(x ^ h->first);
	}
	row->band[0] |= UINT64_C(1) << 63;
}

/* ---- reading */

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "KIT_MALFORMED", "a filter is malformed: %s", why);
}

static int
take(struct span *s, size_t n, const uint8_t **p)
{
	if (s->n < n)
		return malformed("it ends too early");
	*p = s->p;
	s->p += n;
	s->n -= n;
	return 0;
}

static int
parse_blocks(struct span *s, const uint8_t *table, struct ribbon *r)
{
	struct ribbon_block *b;
	uint32_t i;

	r->octets.p = s->p;
	for (i = 0; i < r->nblocks; i++, table += 5) {
		b = &r->blocks[i];
		b->columns = (uint32_t)get_be(table, 4);
		b->seed = table[4];
		if (b->columns < RIBBON_WIDTH ||
		    b->columns > RIBBON_COLUMNS_MAX)
			return malformed("a block of that many columns");
		if (take(s, ribbon_octets(r->bits, b->columns), &b->octets) ==
		    -1)
			return -1;
	}
	r->octets.n = (size_t)(s->p - r->octets.p);
	return 0;
}

int
ribbon_parse(struct span *s, struct ribbon *r)
{
	const uint8_t *head = NULL, *table = NULL;

	*r = (struct ribbon){ .blocks = NULL };
	if (take(s, RIBBON_HEAD, &head) == -1)
		return -1;
	r->bits = head[0];
	r->seed = get_be(head + 1, 8);
	r->nblocks = (uint32_t)get_be(head + 9, 4);
	if (r->bits < 1 || r->bits > RIBBON_BITS_MAX || r->nblocks < 1)
		return malformed("its head");
	if (take(s, (size_t)r->nblocks * 5, &table) == -1)
		return -1;
	r->blocks = xcalloc(r->nblocks, sizeof(*r->blocks));
	return parse_blocks(s, table, r);
}

void
ribbon_free(struct ribbon *r)
{
	free(r->blocks);
	r->blocks = NULL;
}

/* ---- asking */

/* 64 bits from bit 0 to 7 of the first octet on. */
static inline uint64_t
bits_at(const uint8_t *p, unsigned bit)
{
	uint64_t x = get_be64(p);

	return bit == 0 ? x : x << bit | (uint64_t)p[8] >> (8 - bit);
}

static unsigned
product(const uint8_t *p, unsigned bit, const struct ribbon_row *row)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < RIBBON_WORDS; i++)
		sum ^= row->band[i] & bits_at(p + 8 * i, bit);
	return (unsigned)__builtin_parityll(sum);
}

/* The last band of all ends with the octets, and nothing behind is read. */
static unsigned
product_at(const struct ribbon *r, const struct ribbon_block *b, size_t at,
    const struct ribbon_row *row)
{
	size_t left = r->octets.n - (size_t)(b->octets - r->octets.p) - at / 8;
	uint8_t copy[8 * RIBBON_WORDS + 1] = { 0 };

	if (left >= sizeof(copy))
		return product(b->octets + at / 8, at % 8, row);
	memcpy(copy, b->octets + at / 8, left);
	return product(copy, at % 8, row);
}

bool
ribbon_row_is_zero(const struct ribbon *r, const struct ribbon_block *b,
    const struct ribbon_row *row)
{
	unsigned i;

	for (i = 0; i < r->bits; i++)
		if (product_at(
			r, b, (size_t)i * b->columns + row->start, row) != 0)
			return false;
	return true;
}

bool
ribbon_is_zero(const struct ribbon *r, const struct kit_key *key)
{
	struct ribbon_hash h = ribbon_hash_of(key, r->seed);
	const struct ribbon_block *b =
	    &r->blocks[ribbon_block_of(&h, r->nblocks)];
	struct ribbon_row row;

	ribbon_row_of(&h, b->seed, b->columns, &row);
	return ribbon_row_is_zero(r, b, &row);
}
