#ifndef UNIT_UNIVERSE_H
#define UNIT_UNIVERSE_H

/*
 * Keys by the number, for tests of filters: the same of every run, and of any
 * seed others.
 */

#include <math.h>

#include "kit/exact.h"

#define UNIVERSE_FUNCTION __attribute__((unused)) static

/* xorshift64* of Vigna, begun anew at each number */
UNIVERSE_FUNCTION uint64_t
universe_chance(uint64_t seed, uint64_t i)
{
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed;

	for (int n = 0; n < 3; n++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		x *= UINT64_C(0x2545f4914f6cdd1d);
	}
	return x;
}

UNIVERSE_FUNCTION struct kit_key
universe_key(uint64_t seed, uint64_t i)
{
	return (struct kit_key){ universe_chance(seed, 2 * i),
		universe_chance(seed, 2 * i + 1) };
}

struct universe {
	uint64_t n, next, seed;
	double share; /* of members */
};

UNIVERSE_FUNCTION bool
universe_is_member(const struct universe *u, uint64_t i)
{
	return (double)universe_chance(~u->seed, i) <
	    u->share * 18446744073709551616.0;
}

UNIVERSE_FUNCTION int
universe_next(void *ctx, struct exact_item *items, int room)
{
	struct universe *u = ctx;
	int n = 0;

	for (; u->next < u->n && n < room; u->next++, n++)
		items[n] = (struct exact_item){ universe_key(u->seed, u->next),
			universe_is_member(u, u->next) };
	return n;
}

UNIVERSE_FUNCTION void
universe_rewind(void *ctx)
{
	((struct universe *)ctx)->next = 0;
}

/* Bits of information in which r of n are members: n H(r/n). */
UNIVERSE_FUNCTION double
universe_bound(double n, double r)
{
	double p = r / n;

	return p <= 0 || p >= 1 ? 0
				: n * (-p * log2(p) - (1 - p) * log2(1 - p));
}

#endif
