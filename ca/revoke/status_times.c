/*
 * Since when a certificate is what it is: six octets for each that is not good,
 * or was not once, in chains by leaf.
 */

#include <string.h>

#include "base/err.h"
#include "revoke/status_file.h"

#define ROOM_LEAST 8u
#define OF_MOMENT  (sizeof(uint32_t) + sizeof(uint16_t))

static struct leaf *
leaf_of(const struct shelf *sh, uint64_t index)
{
	return (struct leaf *)sh->leaves.p + index / LEAF;
}

static uint16_t *
places(const struct chunk *c, uint16_t room)
{
	return (uint16_t *)(uintptr_t)(c->when + room);
}

static size_t
chunk_size(uint32_t room)
{
	return sizeof(struct chunk) + room * OF_MOMENT;
}

/*
 * NULL: there is none, or what is there makes no sense.  What it says is
 * copied: what is mapped may be another a moment later.
 */
static struct chunk *
chunk_at(const struct mapped *times, uint32_t at, struct chunk *says)
{
	size_t where = (size_t)at * CHUNK_UNIT;

	if (at == 0 || where + sizeof(*says) > times->n)
		return NULL;
	memcpy(says, times->p + where, sizeof(*says));
	if (where + chunk_size(says->room) > times->n || says->used == 0 ||
	    says->used > says->room)
		return NULL;
	return (struct chunk *)(void *)(times->p + where);
}

static uint32_t
moment_sum(unsigned place, uint32_t when)
{
	uint64_t x = ((uint64_t)place << 32 | when) + 1;

	x *= 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
	return (uint32_t)(x >> 32);
}

/* Where it is kept, and the sum over the whole chain; NULL: nowhere. */
static uint32_t *
find(const struct shelf *sh, const struct leaf *leaf, unsigned place,
    uint32_t *sum)
{
	uint32_t *found = NULL, left = leaf->count, at = leaf->chain, i;
	struct chunk *c, says;
	uint16_t *at_place;

	*sum = ~leaf->times; /* which fits nothing */
	if (left > LEAF)
		return NULL;
	for (*sum = 0; left > 0; left -= says.used, at = says.next) {
		c = chunk_at(&sh->times, at, &says);
		if (c == NULL || says.used > left)
			return NULL;
		at_place = places(c, says.room);
		for (i = 0; i < says.used; i++) {
			if (at_place[i] == place)
				found = &c->when[i];
			*sum += moment_sum(at_place[i], c->when[i]);
		}
	}
	return found;
}

void
moment_expect(const struct shelf *sh, uint64_t index)
{
	size_t where = (size_t)leaf_of(sh, index)->chain * CHUNK_UNIT;

	if (where + sizeof(struct chunk) <= sh->times.n)
		__builtin_prefetch(sh->times.p + where, 1);
}

int
moment_get(const struct shelf *sh, uint64_t index, uint32_t *when)
{
	const struct leaf *leaf = leaf_of(sh, index);
	const uint32_t *found;
	uint32_t sum;

	found = find(sh, leaf, index % LEAF, &sum);
	if (found == NULL || sum != leaf->times)
		return err_set(ERR_INTERNAL,
		    "the status index is damaged: a revocation without its "
		    "time");
	*when = *found;
	return 0;
}

/* A chunk has room for a fourth of what its leaf has already. */
static uint32_t
room_for(uint32_t count)
{
	uint32_t room = count / 4 & ~3u;

	return room > ROOM_LEAST ? room : ROOM_LEAST;
}

uint64_t
moments_need(uint64_t count)
{
	/* whole chunks, and one begun in each leaf */
	return CHUNK_UNIT + count * 2 * OF_MOMENT +
	    (leaves_for(count) + 1) * chunk_size(room_for(LEAF));
}

/* The first unit is nobody's: 0 is the end of a chain. */
static void
chunk_add(struct shelf *sh, struct row *row, struct leaf *leaf)
{
	struct chunk *c;

	if (row->times_used == 0)
		row->times_used = CHUNK_UNIT;
	c = (struct chunk *)(void *)(sh->times.p + row->times_used);
	c->next = leaf->chain;
	c->room = (uint16_t)room_for(leaf->count);
	c->used = 0;
	leaf->chain = (uint32_t)(row->times_used / CHUNK_UNIT);
	row->times_used += chunk_size(c->room);
}

void
moment_put(
    struct shelf *sh, struct row *row, uint64_t index, uint32_t when, bool keep)
{
	struct leaf *leaf = leaf_of(sh, index);
	unsigned place = index % LEAF;
	struct chunk *c, says;
	uint32_t *found, sum;

	found = find(sh, leaf, place, &sum);
	if (found != NULL) {
		if (keep)
			return;
		leaf->times +=
		    moment_sum(place, when) - moment_sum(place, *found);
		*found = when;
		return;
	}
	c = chunk_at(&sh->times, leaf->chain, &says);
	if (c == NULL || c->used == c->room) {
		chunk_add(sh, row, leaf);
		c = (struct chunk *)(void *)(sh->times.p +
		    (size_t)leaf->chain * CHUNK_UNIT);
	}
	c->when[c->used] = when;
	places(c, c->room)[c->used++] = (uint16_t)place;
	leaf->count++;
	leaf->times += moment_sum(place, when);
}

int
leaf_check(const struct shelf *sh, uint64_t at)
{
	const struct leaf *leaf = (const struct leaf *)sh->leaves.p + at;
	uint64_t i;
	uint32_t sum;

	for (i = at * LEAF; i < (at + 1) * LEAF && i < sh->state.n; i += BLOCK)
		if (octet_check(sh, i) == -1)
			return -1;
	/* nobody's place: the whole chain is looked through */
	(void)find(sh, leaf, LEAF, &sum);
	if (sum != leaf->times)
		return err_set(ERR_INTERNAL,
		    "the status index is damaged: the sum of its times");
	return 0;
}
