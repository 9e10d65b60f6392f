/*
 * A table with one place for each hash of a request: what comes later to the
 * same place takes it over.
 */

#include <stdlib.h>
#include <string.h>

#include "revoke/ocsp_kept.h"

#define REQUEST_MAX 256 /* longer ones are not usual */

struct kept {
	uint8_t request[REQUEST_MAX];
	size_t n;
	struct status_answer answer;
	int64_t produced;
	struct ocsp_meta meta;
	struct buf signature;
};

/* Of most requests there is none, which the hashes tell: they are so small that
 * they stay near. */
struct ocsp_kept {
	size_t slots;
	uint64_t *hashes; /* 0: free */
	struct kept *kept;
};

struct ocsp_kept *
ocsp_kept_new(size_t slots)
{
	struct ocsp_kept *t = xcalloc(1, sizeof(*t));

	t->slots = slots;
	t->hashes = xcalloc(slots, sizeof(*t->hashes));
	t->kept = xcalloc(slots, sizeof(*t->kept));
	return t;
}

void
ocsp_kept_clear(struct ocsp_kept *t)
{
	memset(t->hashes, 0, t->slots * sizeof(*t->hashes));
}

void
ocsp_kept_free(struct ocsp_kept *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->slots; i++)
		buf_free(&t->kept[i].signature);
	free(t->hashes);
	free(t->kept);
	free(t);
}

static uint64_t
hash_of(struct span request)
{
	uint64_t h = 14695981039346656037u;
	size_t i;

	for (i = 0; i < request.n; i++)
		h = (h ^ request.p[i]) * 1099511628211u;
	return h != 0 ? h : 1;
}

static size_t
slot_of(const struct ocsp_kept *t, uint64_t hash)
{
	return (size_t)((hash ^ hash >> 32) % t->slots);
}

static bool
says_the_same(const struct status_answer *a, const struct status_answer *b)
{
	return a->state == b->state && a->reason == b->reason &&
	    a->when == b->when;
}

bool
ocsp_kept_find(struct ocsp_kept *t, struct span request,
    const struct status_answer *answer, int64_t now, struct ocsp_kept_one *one)
{
	uint64_t hash = hash_of(request);
	size_t slot = slot_of(t, hash);
	const struct kept *k = &t->kept[slot];
	int64_t life;

	if (t->hashes[slot] != hash)
		return false;
	life = k->meta.next_update - k->meta.this_update;
	if (k->n != request.n || memcmp(k->request, request.p, k->n) != 0 ||
	    !says_the_same(&k->answer, answer) || now < k->meta.this_update ||
	    now - k->meta.this_update > life / 2)
		return false;
	one->produced = k->produced;
	one->meta = k->meta;
	one->signature = buf_span(&k->signature);
	return true;
}

void
ocsp_kept_put(struct ocsp_kept *t, struct span request,
    const struct status_answer *answer, const struct ocsp_kept_one *one)
{
	uint64_t hash = hash_of(request);
	size_t slot = slot_of(t, hash);
	struct kept *k = &t->kept[slot];

	if (request.n == 0 || request.n > REQUEST_MAX)
		return;
	t->hashes[slot] = hash;
	memcpy(k->request, request.p, request.n);
	k->n = request.n;
	k->answer = *answer;
	k->produced = one->produced;
	k->meta = one->meta;
	buf_clear(&k->signature);
	buf_put_span(&k->signature, one->signature);
}
