/*
 * Exact sets: reading one, and asking it.
 */

#include <string.h>

#include "base/err.h"
#include "kit/exact.h"
#include "kit/ribbon_inside.h"

static int
malformed(const char *why)
{
	return err_set_code(
	    ERR_INPUT, "KIT_MALFORMED", "a set is malformed: %s", why);
}

static int
parse_list(struct span s, struct exact *e)
{
	size_t i;

	if (s.n < 4 || s.n - 4 != get_be(s.p, 4) * 16)
		return malformed("its list has another length");
	e->list = span_of(s.p + 4, s.n - 4);
	for (i = 16; i < e->list.n; i += 16)
		if (memcmp(e->list.p + i - 16, e->list.p + i, 16) >= 0)
			return malformed("its list does not ascend");
	return 0;
}

static int
parse_ribbons(struct span s, struct exact *e)
{
	if (e->kind == EXACT_FILTERED && ribbon_parse(&s, &e->filter) == -1)
		return -1;
	if (ribbon_parse(&s, &e->exact) == -1)
		return -1;
	if (e->exact.bits != 1)
		return malformed("what is exact has one bit");
	return s.n == 0 ? 0 : malformed("octets behind it");
}

int
exact_parse(struct span s, struct exact *e)
{
	*e = (struct exact){ .kind = EXACT_NONE };
	if (s.n < 1 || s.p[0] > EXACT_FILTERED)
		return malformed("its kind");
	e->kind = (enum exact_kind)s.p[0];
	s = span_of(s.p + 1, s.n - 1);
	switch (e->kind) {
	case EXACT_LIST:
		return parse_list(s, e);
	case EXACT_RIBBON:
	case EXACT_FILTERED:
		return parse_ribbons(s, e);
	default:
		return s.n == 0 ? 0 : malformed("octets behind it");
	}
}

void
exact_free(struct exact *e)
{
	ribbon_free(&e->filter);
	ribbon_free(&e->exact);
}

static int
compare(const uint8_t *p, const struct kit_key *key)
{
	uint64_t high = get_be64(p), low = get_be64(p + 8);

	if (high != key->high)
		return high < key->high ? -1 : 1;
	return (low > key->low) - (low < key->low);
}

const uint8_t *
exact_find(struct span list, size_t record, const struct kit_key *key)
{
	size_t from = 0, to = list.n / record, at;
	int c;

	while (from < to) {
		at = from + (to - from) / 2;
		c = compare(list.p + at * record, key);
		if (c == 0)
			return list.p + at * record;
		if (c < 0)
			from = at + 1;
		else
			to = at;
	}
	return NULL;
}

bool
exact_has(const struct exact *e, const struct kit_key *key)
{
	switch (e->kind) {
	case EXACT_ALL:
		return true;
	case EXACT_LIST:
		return exact_find(e->list, 16, key) != NULL;
	case EXACT_FILTERED:
		if (!ribbon_is_zero(&e->filter, key))
			return false;
		/* FALLTHROUGH */
	case EXACT_RIBBON:
		return !ribbon_is_zero(&e->exact, key);
	case EXACT_NONE:
		break;
	}
	return false;
}
