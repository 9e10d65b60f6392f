/*
 * A CA's certificates as a universe that streams by, and the layers over it.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kit/members.h"

#define SEEDS 8 /* two keys are one less often than once in 2^64 */

void
kit_members_add(
    struct kit_members *m, int class, uint64_t first, uint64_t count)
{
	struct kit_runs *r;

	if (class <= KIT_GOOD || class >= KIT_CLASSES || count == 0)
		return;
	r = &m->runs[class];
	if ((r->n & (r->n - 1)) == 0)
		r->all = xrealloc(
		    r->all, (r->n == 0 ? 1 : r->n * 2) * sizeof(*r->all));
	r->all[r->n++] = (struct kit_run){ first, count };
}

static int
by_first(const void *a, const void *b)
{
	const struct kit_run *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void
kit_members_sort(struct kit_members *m)
{
	int c;

	for (c = 0; c < KIT_CLASSES; c++)
		if (m->runs[c].n > 0)
			qsort(m->runs[c].all, m->runs[c].n,
			    sizeof(*m->runs[c].all), by_first);
}

void
kit_members_clear(struct kit_members *m)
{
	int c;

	for (c = 0; c < KIT_CLASSES; c++)
		free(m->runs[c].all);
	memset(m->runs, 0, sizeof(m->runs));
	m->n = 0;
}

enum kit_class
kit_walk_class(struct kit_walk *w, uint64_t index)
{
	enum kit_class class = KIT_GOOD;
	const struct kit_runs *r;
	size_t *at;
	int c;

	for (c = KIT_CLASSES - 1; c > KIT_GOOD; c--) {
		r = &w->members->runs[c];
		at = &w->at[c];
		while (*at < r->n &&
		    r->all[*at].first + r->all[*at].count <= index)
			(*at)++;
		if (*at < r->n && r->all[*at].first <= index)
			class = (enum kit_class)c;
	}
	return class;
}

/* ---- the first layer: all of them, as they stream by */

struct stream {
	struct kit_walk walk;
	uint64_t next;
};

static void
stream_rewind(void *ctx)
{
	struct stream *s = ctx;

	s->next = 0;
	memset(s->walk.at, 0, sizeof(s->walk.at));
}

static unsigned
stream_keys(struct stream *s, unsigned room, struct kit_key *keys)
{
	const struct kit_members *m = s->walk.members;
	unsigned n = m->n - s->next < room ? (unsigned)(m->n - s->next) : room;

	if (n > 0)
		m->keys(m->ctx, s->next, n, keys);
	return n;
}

#define BATCH 512

static int
stream_next(void *ctx, struct exact_item *items, int room)
{
	struct kit_key keys[BATCH];
	struct stream *s = ctx;
	unsigned i, n;

	n = stream_keys(s, room < BATCH ? (unsigned)room : BATCH, keys);
	for (i = 0; i < n; i++)
		items[i] = (struct exact_item){ keys[i],
			kit_walk_class(&s->walk, s->next + i) > KIT_GOOD };
	s->next += n;
	return (int)n;
}

/* ---- the others: those that are not good, in memory */

struct bad {
	struct kit_key key;
	enum kit_class class;
};

struct memory {
	struct bad *all;
	size_t n, next;
	enum kit_class least; /* of the universe; members are beyond */
};

static void
memory_rewind(void *ctx)
{
	((struct memory *)ctx)->next = 0;
}

static int
memory_next(void *ctx, struct exact_item *items, int room)
{
	struct memory *m = ctx;
	int n = 0;

	for (; m->next < m->n && n < room; m->next++)
		if (m->all[m->next].class >= m->least)
			items[n++] = (struct exact_item){ m->all[m->next].key,
				m->all[m->next].class > m->least };
	return n;
}

static enum kit_class
collect_bad(struct stream *s, struct memory *m)
{
	enum kit_class worst = KIT_GOOD, class;
	struct kit_key keys[BATCH];
	unsigned i, n;

	for (stream_rewind(s); (n = stream_keys(s, BATCH, keys)) > 0;
	     s->next += n)
		for (i = 0; i < n; i++) {
			class = kit_walk_class(&s->walk, s->next + i);
			if (class == KIT_GOOD)
				continue;
			if ((m->n & (m->n - 1)) == 0)
				m->all = xrealloc(m->all,
				    (m->n == 0 ? 1 : m->n * 2) *
					sizeof(*m->all));
			m->all[m->n++] = (struct bad){ keys[i], class };
			worst = class > worst ? class : worst;
		}
	return worst;
}

/* ---- all */

static int
build(const struct exact_source *source, uint64_t seed, struct buf *out)
{
	int tries;

	for (tries = 0; tries < SEEDS; tries++) {
		buf_clear(out);
		if (exact_build(source, seed + (uint64_t)tries, out) == 0)
			return 0;
		if (strcmp(err_code(), "KIT_KEYS") != 0)
			return -1;
	}
	return -1;
}

/* Is any but good? */
static enum kit_class
worst_class(const struct kit_members *m)
{
	int c = KIT_CLASSES - 1;

	while (c > KIT_GOOD && m->runs[c].n == 0)
		c--;
	return (enum kit_class)c;
}

int
kit_layers_build(
    const struct kit_members *m, uint64_t seed, struct buf layers[KIT_LAYERS])
{
	struct stream stream = { .walk = { .members = m } };
	struct exact_source all = { stream_next, stream_rewind, &stream };
	struct memory memory = { .all = NULL };
	struct exact_source bad = { memory_next, memory_rewind, &memory };
	enum kit_class worst = worst_class(m);
	int i, rc = 0;

	for (i = 0; i < KIT_LAYERS; i++)
		layers[i] = BUF_EMPTY;
	if (worst == KIT_GOOD || m->n == 0)
		return 0;
	rc = build(&all, seed, &layers[0]);
	if (rc == 0 && worst > KIT_REVOKED)
		worst = collect_bad(&stream, &memory);
	for (i = 1; rc == 0 && i < (int)worst; i++) {
		memory.least = (enum kit_class)i;
		rc = build(&bad, seed, &layers[i]);
	}
	free(memory.all);
	return rc == -1 ? -1 : i;
}
