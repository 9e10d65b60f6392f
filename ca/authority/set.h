#ifndef AUTHORITY_SET_H
#define AUTHORITY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of SHA-256 digests that remembers eight octets of each: what occurs
 * twice in a lot is found without keeping the lot in memory.  Two digests that
 * begin alike would be taken for one; that costs a row its certificate, once
 * in ages, and never gives one away.
 */
struct set {
	uint64_t *slots; /* 0: free */
	size_t nslots;	 /* a power of two */
	size_t n;
};

#define SET_EMPTY ((struct set){ NULL, 0, 0 })

bool set_has(const struct set *, const uint8_t digest[32]);
void set_add(struct set *, const uint8_t digest[32]);
void set_free(struct set *);

#endif
