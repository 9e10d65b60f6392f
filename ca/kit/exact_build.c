/*
 * Building exact sets, from a universe that streams by.
 */

#include <stdlib.h>

#include "base/err.h"
#include "kit/exact.h"

#define BATCH 1024

struct gathering {
	const struct exact_source *source;
	struct ribbon_entry *entries; /* members, then others that pass */
	size_t n, room;
	uint64_t universe, members;
};

static void
add(struct gathering *g, const struct exact_item *item)
{
	if (g->n == g->room) {
		g->room = g->room == 0 ? BATCH : g->room + g->room / 2;
		g->entries =
		    xrealloc(g->entries, g->room * sizeof(*g->entries));
	}
	g->entries[g->n++] = (struct ribbon_entry){ item->key, item->member };
}

/* Members; or, behind a filter, the others that pass it. */
static int
gather(struct gathering *g, const struct ribbon *filter)
{
	struct exact_item items[BATCH];
	int i, n;

	g->source->rewind(g->source->ctx);
	while ((n = g->source->next(g->source->ctx, items, BATCH)) > 0)
		for (i = 0; i < n; i++) {
			g->universe += filter == NULL;
			if (filter == NULL ? items[i].member
					   : !items[i].member &&
				    ribbon_is_zero(filter, &items[i].key))
				add(g, &items[i]);
		}
	return n;
}

/* All others: there is no filter that would be worth it. */
static int
gather_rest(struct gathering *g)
{
	struct exact_item items[BATCH];
	int i, n;

	g->source->rewind(g->source->ctx);
	while ((n = g->source->next(g->source->ctx, items, BATCH)) > 0)
		for (i = 0; i < n; i++)
			if (!items[i].member)
				add(g, &items[i]);
	return n;
}

/* Bits of the two ribbons when the filter has k. */
static double
cost(const struct gathering *g, unsigned k)
{
	double r = (double)g->members, rest = (double)(g->universe) - r;

	return r * k + r + rest / (double)(UINT64_C(1) << k);
}

static unsigned
best_bits(const struct gathering *g)
{
	unsigned k, best = 0;

	for (k = 1; k <= RIBBON_BITS_MAX; k++)
		if (cost(g, k) < cost(g, best))
			best = k;
	return best;
}

static int
by_key(const void *a, const void *b)
{
	const struct kit_key *x = &((const struct ribbon_entry *)a)->key;
	const struct kit_key *y = &((const struct ribbon_entry *)b)->key;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return (x->low > y->low) - (x->low < y->low);
}

static int
write_list(struct gathering *g, struct buf *out)
{
	size_t i;

	qsort(g->entries, g->n, sizeof(*g->entries), by_key);
	buf_putc(out, EXACT_LIST);
	buf_put_be(out, g->n, 4);
	for (i = 0; i < g->n; i++) {
		if (i > 0 && by_key(&g->entries[i - 1], &g->entries[i]) == 0)
			return err_set_code(
			    ERR_INPUT, "KIT_KEYS", "two keys are one");
		buf_put_be(out, g->entries[i].key.high, 8);
		buf_put_be(out, g->entries[i].key.low, 8);
	}
	return 0;
}

/* The entries are members as 0, which a filter gives all of them. */
static int
write_filter(struct gathering *g, unsigned bits, uint64_t seed, struct buf *out)
{
	size_t i;
	int rc;

	for (i = 0; i < g->n; i++)
		g->entries[i].one = false;
	rc = ribbon_build(g->entries, g->n, bits, seed, out);
	for (i = 0; i < g->n; i++)
		g->entries[i].one = true;
	return rc;
}

static int
write_filtered(
    struct gathering *g, unsigned bits, uint64_t seed, struct buf *out)
{
	struct buf octets = BUF_EMPTY;
	struct ribbon filter = { .blocks = NULL };
	struct span s;
	int rc = -1;

	if (write_filter(g, bits, seed, &octets) == -1)
		goto out;
	s = buf_span(&octets);
	if (ribbon_parse(&s, &filter) == -1 || gather(g, &filter) == -1)
		goto out;
	buf_putc(out, EXACT_FILTERED);
	buf_put_span(out, buf_span(&octets));
	rc = ribbon_build(g->entries, g->n, 1, ~seed, out);
out:
	ribbon_free(&filter);
	buf_free(&octets);
	return rc;
}

/* A ribbon's columns beyond one a key, times its bits, in octets; about. */
static bool
list_is_shorter(const struct gathering *g, unsigned bits)
{
	return (double)g->members * 16 <
	    cost(g, bits) / 8 + 32 * (bits + 1.0) + 36;
}

int
exact_build(const struct exact_source *source, uint64_t seed, struct buf *out)
{
	struct gathering g = { .source = source };
	unsigned bits;
	int rc;

	if ((rc = gather(&g, NULL)) == -1)
		goto out;
	g.members = g.n;
	bits = best_bits(&g);
	if (g.members == 0)
		buf_putc(out, EXACT_NONE);
	else if (g.members == g.universe)
		buf_putc(out, EXACT_ALL);
	else if (list_is_shorter(&g, bits))
		rc = write_list(&g, out);
	else if (bits > 0)
		rc = write_filtered(&g, bits, seed, out);
	else if ((rc = gather_rest(&g)) == 0) {
		buf_putc(out, EXACT_RIBBON);
		rc = ribbon_build(g.entries, g.n, 1, seed, out);
	}
out:
	free(g.entries);
	return rc;
}
