/*
 * Exact sets: right of every key of their universe, small, and refused when
 * they are anything else than one.
 */

#include "../../test.h"

#include <stdlib.h>

#include "base/err.h"
#include "kit/exact.h"
#include "tests/unit/ca/kit/universe.h"

static void
build(struct universe *u, struct buf *out)
{
	struct exact_source source = { universe_next, universe_rewind, u };

	buf_clear(out);
	assert_int_equal(exact_build(&source, u->seed + 7, out), 0);
}

/* Every key of the universe is asked for; how many are members. */
static uint64_t
check_all(const struct universe *u, struct span octets)
{
	uint64_t i, members = 0, wrong = 0;
	struct exact e;
	struct kit_key key;

	assert_int_equal(exact_parse(octets, &e), 0);
	for (i = 0; i < u->n; i++) {
		key = universe_key(u->seed, i);
		wrong += exact_has(&e, &key) != universe_is_member(u, i);
		members += universe_is_member(u, i);
	}
	exact_free(&e);
	assert_int_equal(wrong, 0);
	return members;
}

static void
is_right_of_every_key_of_its_universe(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 2, 3, 100, 5000, 70000 };
	static const double shares[] = { 0, 0.0001, 0.003, 0.01, 0.1, 0.3, 0.5,
		0.9, 0.999, 1 };
	struct buf octets = BUF_EMPTY;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (j = 0; j < sizeof(shares) / sizeof(shares[0]); j++) {
			struct universe u = { .n = sizes[i],
				.seed = 1000 * i + j,
				.share = shares[j] };

			build(&u, &octets);
			(void)check_all(&u, buf_span(&octets));
		}
	buf_free(&octets);
}

static void
is_right_with_twenty_seeds(void **state)
{
	struct buf octets = BUF_EMPTY;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		struct universe u = {
			.n = 20000, .seed = seed * 77, .share = 0.02
		};

		build(&u, &octets);
		assert_true(check_all(&u, buf_span(&octets)) > 300);
	}
	buf_free(&octets);
}

static void
takes_at_most_a_tenth_more_than_the_bound(void **state)
{
	static const double shares[] = { 0.01, 0.05 };
	struct buf octets = BUF_EMPTY;
	double bound;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct universe u = {
			.n = 2000000, .seed = 5, .share = shares[i]
		};

		build(&u, &octets);
		bound = universe_bound(
		    (double)u.n, (double)check_all(&u, buf_span(&octets)));
		assert_true((double)octets.n * 8 <= 1.1 * bound);
	}
	buf_free(&octets);
}

static void
says_none_and_all_in_one_octet(void **state)
{
	struct universe none = { .n = 50000, .share = 0 };
	struct universe all = { .n = 50000, .share = 1 };
	struct buf octets = BUF_EMPTY;

	(void)state;
	build(&none, &octets);
	assert_int_equal(octets.n, 1);
	build(&all, &octets);
	assert_int_equal(octets.n, 1);
	buf_free(&octets);
}

static void
lists_what_is_rare(void **state)
{
	struct universe u = { .n = 100000, .seed = 3, .share = 0.00005 };
	struct buf octets = BUF_EMPTY;
	uint64_t members;

	(void)state;
	build(&u, &octets);
	members = check_all(&u, buf_span(&octets));
	assert_true(members > 0 && members < 20);
	assert_int_equal(octets.n, 5 + 16 * members);
	buf_free(&octets);
}

/* A thousand certificates with one revoked, twice the same key. */
struct twice {
	int next;
};

static int
twice_next(void *ctx, struct exact_item *items, int room)
{
	struct twice *t = ctx;
	int n = 0;

	for (; t->next < 3000 && n < room; t->next++, n++)
		items[n] = (struct exact_item){ universe_key(1,
						    (uint64_t)t->next % 2999),
			t->next % 4 == 0 };
	return n;
}

static void
twice_rewind(void *ctx)
{
	((struct twice *)ctx)->next = 0;
}

static void
refuses_one_key_that_is_to_be_in_and_out(void **state)
{
	struct twice t = { 0 }; /* 2999 is key 0 again, and no member */
	struct exact_source source = { twice_next, twice_rewind, &t };
	struct buf octets = BUF_EMPTY;

	(void)state;
	assert_int_equal(exact_build(&source, 1, &octets), -1);
	assert_string_equal(err_code(), "KIT_KEYS");
	buf_free(&octets);
}

static int
fails_next(void *ctx, struct exact_item *items, int room)
{
	(void)ctx;
	(void)items;
	(void)room;
	return err_set(ERR_BUSY, "the source is away");
}

static void
fails_with_its_source(void **state)
{
	struct exact_source source = { fails_next, twice_rewind,
		&(struct twice){ 0 } };
	struct buf octets = BUF_EMPTY;

	(void)state;
	assert_int_equal(exact_build(&source, 1, &octets), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	buf_free(&octets);
}

static void
refused(struct span octets)
{
	struct exact e;

	assert_int_equal(exact_parse(octets, &e), -1);
	assert_string_equal(err_code(), "KIT_MALFORMED");
	exact_free(&e);
}

/* Of each form: none, all, list, one ribbon, two. */
static void
refuses_what_is_cut_short_or_longer(void **state)
{
	static const double shares[] = { 0, 1, 0.001, 0.45, 0.02 };
	struct buf octets = BUF_EMPTY;
	size_t i, n;
	uint8_t *copy;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct universe u = {
			.n = 4000, .seed = i, .share = shares[i]
		};

		build(&u, &octets);
		assert_int_equal(octets.p[0], i);
		for (n = 0; n < octets.n; n++) {
			copy = malloc(n + 1); /* so that reading on is seen */
			memcpy(copy, octets.p, n);
			refused(span_of(copy, n));
			free(copy);
		}
		buf_putc(&octets, 0);
		refused(buf_span(&octets));
	}
	buf_free(&octets);
}

static void
refuses_a_kind_that_is_none(void **state)
{
	(void)state;
	refused(span_of("\x05", 1));
	refused(span_of("\xff", 1));
}

static void
refuses_a_list_out_of_order(void **state)
{
	uint8_t list[1 + 4 + 32] = { 2, 0, 0, 0, 2 };
	struct exact e;

	(void)state;
	list[5] = 1;
	refused(span_of(list, sizeof(list)));
	list[5] = 0;
	refused(span_of(list, sizeof(list))); /* twice the same */
	list[36] = 1;
	assert_int_equal(exact_parse(span_of(list, sizeof(list)), &e), 0);
	exact_free(&e);
}

/* Where ribbons are changed they say otherwise, and nothing worse. */
static void
reads_nothing_outside_of_changed_octets(void **state)
{
	struct universe u = { .n = 3000, .seed = 9, .share = 0.02 };
	struct buf octets = BUF_EMPTY;
	struct kit_key key;
	struct exact e;
	uint8_t *copy;
	size_t i;

	(void)state;
	build(&u, &octets);
	copy = malloc(octets.n);
	for (i = 0; i < octets.n; i++) {
		memcpy(copy, octets.p, octets.n);
		copy[i] ^= (uint8_t)(1 + i % 255);
		if (exact_parse(span_of(copy, octets.n), &e) == 0)
			for (uint64_t k = 0; k < 20; k++) {
				key = universe_key(1, k);
				(void)exact_has(&e, &key);
			}
		exact_free(&e);
	}
	free(copy);
	buf_free(&octets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_right_of_every_key_of_its_universe),
		cmocka_unit_test(is_right_with_twenty_seeds),
		cmocka_unit_test(takes_at_most_a_tenth_more_than_the_bound),
		cmocka_unit_test(says_none_and_all_in_one_octet),
		cmocka_unit_test(lists_what_is_rare),
		cmocka_unit_test(refuses_one_key_that_is_to_be_in_and_out),
		cmocka_unit_test(fails_with_its_source),
		cmocka_unit_test(refuses_what_is_cut_short_or_longer),
		cmocka_unit_test(refuses_a_kind_that_is_none),
		cmocka_unit_test(refuses_a_list_out_of_order),
		cmocka_unit_test(reads_nothing_outside_of_changed_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
