/*
 * Rows that were stored, told.  Each is
 *	length of what follows (4) lot (24) row (4) key (32) certificate
 * on one machine, so numbers are as they are.
 */

#include <stdio.h>
#include <string.h>

#include "issue/told.h"

struct head {
	uint32_t length;
	char lot[24];
	int32_t row;
	uint8_t key[HASH_SIZE];
};

#define REST (sizeof(struct head) - sizeof(uint32_t))

void
told_put(struct buf *out, const struct told *t)
{
	struct head h = { .row = t->row };

	h.length = (uint32_t)(REST + t->certificate.n);
	(void)snprintf(h.lot, sizeof(h.lot), "%s", t->lot);
	memcpy(h.key, t->key, sizeof(h.key));
	buf_put(out, &h, sizeof(h));
	buf_put_span(out, t->certificate);
}

int
told_take(struct span *s, struct told *t)
{
	struct head h;
	size_t whole;

	if (s->n < sizeof(h.length))
		return 0;
	memcpy(&h.length, s->p, sizeof(h.length));
	if (h.length < REST || h.length > 65536)
		return -1;
	whole = sizeof(h.length) + h.length;
	if (s->n < whole)
		return 0;
	memcpy(&h, s->p, sizeof(h));
	memcpy(t->lot, h.lot, sizeof(t->lot));
	t->lot[sizeof(t->lot) - 1] = '\0';
	t->row = h.row;
	memcpy(t->key, h.key, sizeof(t->key));
	t->certificate = span_of(s->p + sizeof(h), whole - sizeof(h));
	*s = span_of(s->p + whole, s->n - whole);
	return 1;
}
