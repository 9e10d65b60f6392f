/*
 * A CA's certificates by class: against a plain array, and through the layers
 * of a snapshot.
 */

#include "../../test.h"

#include <stdlib.h>

#include "kit/members.h"
#include "tests/unit/ca/kit/universe.h"

#define N 30000

static void
make_keys(void *ctx, uint64_t first, unsigned count, struct kit_key *keys)
{
	unsigned i;

	for (i = 0; i < count; i++)
		keys[i] = universe_key(*(uint64_t *)ctx, first + i);
}

/* Runs, and what they say of each index: the least class that covers it. */
struct model {
	struct kit_members members;
	uint8_t class[N];
	uint64_t seed;
};

static void
add(struct model *m, enum kit_class class, uint64_t first, uint64_t count)
{
	uint64_t i;

	kit_members_add(&m->members, class, first, count);
	for (i = first; i < first + count && i < N; i++)
		if (m->class[i] == KIT_GOOD || m->class[i] > class)
			m->class[i] = (uint8_t) class;
}

static void
add_many(struct model *m, uint64_t seed, const double share[KIT_CLASSES])
{
	uint64_t i, x;
	int c;

	m->seed = seed;
	m->members.n = N;
	m->members.keys = make_keys;
	m->members.ctx = &m->seed;
	for (c = 1; c < KIT_CLASSES; c++)
		for (i = 0; i < N; i++) {
			x = universe_chance(seed * 10 + (uint64_t)c, i);
			if ((double)x < share[c] * 18446744073709551616.0)
				add(m, (enum kit_class)c, i,
				    x % 3 == 0 ? 1 + x % 50 : 1);
		}
	kit_members_sort(&m->members);
}

static const double shares[][KIT_CLASSES] = {
	{ 0, 0, 0, 0, 0 },
	{ 0, 0.01, 0, 0, 0 },
	{ 0, 0, 0.01, 0, 0 },
	{ 0, 0, 0, 0, 0.002 },
	{ 0, 0.01, 0.001, 0.0003, 0.001 },
	{ 0, 0.1, 0.1, 0.01, 0.1 },
	{ 0, 1, 0, 0, 0 },
	{ 0, 0.3, 1, 0, 0 },
};

#define CASES (sizeof(shares) / sizeof(shares[0]))

static void
walks_as_a_plain_array_does(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct kit_walk w;
	uint64_t i;
	size_t c;

	(void)state;
	for (c = 0; c < CASES; c++) {
		memset(m, 0, sizeof(*m));
		add_many(m, c, shares[c]);
		/* a run of its own over others, and one behind the end */
		add(m, KIT_ASK, 100, 5000);
		add(m, KIT_HELD, 4000, 10);
		kit_members_sort(&m->members);
		w = (struct kit_walk){ .members = &m->members };
		for (i = 0; i < N; i++)
			assert_int_equal(kit_walk_class(&w, i), m->class[i]);
		kit_members_clear(&m->members);
	}
	free(m);
}

/* As kit_chain_class() goes through them. */
static enum kit_class
class_of(const struct exact *layers, int n, const struct kit_key *key)
{
	int i = 0;

	while (i < n && exact_has(&layers[i], key))
		i++;
	return (enum kit_class)i;
}

static void
gives_each_certificate_its_class(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct exact layers[KIT_LAYERS];
	struct buf octets[KIT_LAYERS];
	struct kit_key key;
	uint64_t i;
	size_t c;
	int n, k;

	(void)state;
	for (c = 0; c < CASES; c++) {
		memset(m, 0, sizeof(*m));
		add_many(m, c + 50, shares[c]);
		n = kit_layers_build(&m->members, 99, octets);
		assert_in_range(n, 0, KIT_LAYERS);
		for (k = 0; k < n; k++)
			assert_int_equal(
			    exact_parse(buf_span(&octets[k]), &layers[k]), 0);
		for (i = 0; i < N; i++) {
			key = universe_key(m->seed, i);
			assert_int_equal(
			    class_of(layers, n, &key), m->class[i]);
		}
		for (k = 0; k < n; k++) {
			exact_free(&layers[k]);
			buf_free(&octets[k]);
		}
		kit_members_clear(&m->members);
	}
	free(m);
}

static void
needs_no_layer_when_all_are_good(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct buf octets[KIT_LAYERS];

	(void)state;
	add_many(m, 1, shares[0]);
	assert_int_equal(kit_layers_build(&m->members, 1, octets), 0);
	free(m);
}

static void
ignores_a_class_that_there_is_not(void **state)
{
	struct kit_members m = { .n = 10 };

	(void)state;
	kit_members_add(&m, 0, 1, 1);
	kit_members_add(&m, KIT_CLASSES, 1, 1);
	kit_members_add(&m, -1, 1, 1);
	kit_members_add(&m, KIT_HELD, 1, 0);
	for (int c = 0; c < KIT_CLASSES; c++)
		assert_int_equal(m.runs[c].n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_as_a_plain_array_does),
		cmocka_unit_test(gives_each_certificate_its_class),
		cmocka_unit_test(needs_no_layer_when_all_are_good),
		cmocka_unit_test(ignores_a_class_that_there_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
