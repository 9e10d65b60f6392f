/*
 * Sorted, what occurs twice stands side by side.
 */

#include <stdlib.h>
#include <string.h>

#include "api/batch_twice.h"
#include "key/hash.h"

#define KEY_SIZE 16 /* of SHA-256: nobody finds two alike */

struct thing {
	uint8_t key[KEY_SIZE];
	uint32_t item;
};

struct batch_twice {
	struct thing *things;
	size_t n, room;
};

struct batch_twice *
batch_twice_new(void)
{
	return xcalloc(1, sizeof(struct batch_twice));
}

void
batch_twice_free(struct batch_twice *t)
{
	if (t == NULL)
		return;
	free(t->things);
	free(t);
}

void
batch_twice_put(
    struct batch_twice *t, char kind, struct span value, uint32_t item)
{
	uint8_t digest[HASH_SIZE], octets[1 + 64];
	size_t n = value.n < 64 ? value.n : 64;

	octets[0] = (uint8_t)kind;
	memcpy(octets + 1, value.p, n);
	hash_sha256(span_of(octets, 1 + n), digest);
	if (t->n == t->room) {
		t->room = t->room == 0 ? 1024 : t->room * 2;
		t->things = xrealloc(t->things, t->room * sizeof(*t->things));
	}
	memcpy(t->things[t->n].key, digest, KEY_SIZE);
	t->things[t->n++].item = item;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(((const struct thing *)a)->key,
	    ((const struct thing *)b)->key, KEY_SIZE);
}

void
batch_twice_mark(struct batch_twice *t, bool *items)
{
	struct thing *was, *it;
	size_t i;

	if (t->n == 0)
		return;
	qsort(t->things, t->n, sizeof(*t->things), compare);
	for (i = 1; i < t->n; i++) {
		was = &t->things[i - 1];
		it = &t->things[i];
		if (compare(was, it) == 0 && was->item != it->item)
			items[was->item] = items[it->item] = true;
	}
}
