/*
 * Open addressing over the first eight octets of digests, which are as good
 * as random already.
 */

#include <stdlib.h>
#include <string.h>

#include "authority/set.h"
#include "base/buf.h"

static uint64_t
key_of(const uint8_t *digest)
{
	uint64_t key;

	memcpy(&key, digest, sizeof(key));
	return key != 0 ? key : 1;
}

/* The slot of the key, or the free one where it would go. */
static size_t
slot_of(const struct set *s, uint64_t key)
{
	size_t i = (size_t)key & (s->nslots - 1);

	while (s->slots[i] != 0 && s->slots[i] != key)
		i = (i + 1) & (s->nslots - 1);
	return i;
}

bool
set_has(const struct set *s, const uint8_t digest[32])
{
	return s->nslots > 0 && s->slots[slot_of(s, key_of(digest))] != 0;
}

static void
grow(struct set *s)
{
	struct set bigger = { NULL, s->nslots == 0 ? 4096 : s->nslots * 2,
		s->n };
	size_t i;

	bigger.slots = xcalloc(bigger.nslots, sizeof(bigger.slots[0]));
	for (i = 0; i < s->nslots; i++)
		if (s->slots[i] != 0)
			bigger.slots[slot_of(&bigger, s->slots[i])] =
			    s->slots[i];
	free(s->slots);
	*s = bigger;
}

void
set_add(struct set *s, const uint8_t digest[32])
{
	size_t i;

	if ((s->n + 1) * 4 > s->nslots * 3)
		grow(s);
	i = slot_of(s, key_of(digest));
	s->n += s->slots[i] == 0;
	s->slots[i] = key_of(digest);
}

void
set_free(struct set *s)
{
	free(s->slots);
	*s = SET_EMPTY;
}
