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

static void
put_key(struct batch_twice *t, const struct decision_chain *chain,
    enum reason path, const struct cert *leaf, uint32_t item)
{
	struct cert c;

	if (chain->n == 0)
		return;
	if (path != REASON_NONE) {
		if (cert_parse(buf_span(&chain->der[0]), &c) == -1)
			return; /* nobody is permitted anything by that */
		leaf = &c;
	}
	batch_twice_put(t, 'k', span_of(leaf->spki_sha256, 32), item);
}

static void
put_device(struct batch_twice *t, int64_t device, uint32_t item)
{
	if (device != 0)
		batch_twice_put(t, 'd', span_of(&device, sizeof(device)), item);
}

/* One consent is for one time. */
static void
put_consent(struct batch_twice *t, const struct question *q, uint32_t item)
{
	uint8_t digest[HASH_SIZE];
	char *whose;

	if (q->record.consent.id == NULL)
		return;
	whose = xasprintf("%s %s", q->consent.issuer, q->consent.id);
	hash_sha256(span_str(whose), digest);
	batch_twice_put(t, 'c', span_of(digest, HASH_SIZE), item);
	free(whose);
}

void
batch_twice_question(
    struct batch_twice *t, const struct question *q, uint32_t item)
{
	if (q->facts.mode != MODE_PLATFORM_ONLY)
		put_key(t, &q->r.tre, q->facts.tre.path, &q->tre, item);
	put_key(t, &q->r.platform, q->facts.platform.path, &q->platform, item);
	put_device(t, q->record.tre.device, item);
	put_device(t, q->record.platform.device, item);
	if (q->r.imei != NULL)
		batch_twice_put(t, 'i', span_str(q->r.imei), item);
	put_consent(t, q, item);
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
