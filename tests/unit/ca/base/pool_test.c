/*
 * Work shared out over threads.
 */

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "../../test.h"

#include "base/err.h"
#include "base/pool.h"
#include "key/hash.h"
#include "key/key.h"

#define N 5000

static _Atomic int times[N];
static _Atomic int ended;

static int
count_piece(void *ctx, size_t i)
{
	(void)ctx;
	atomic_fetch_add(&times[i], 1);
	return 0;
}

static void
does_each_piece_once(void **state)
{
	struct pool *p = pool_new(4, NULL);
	size_t i;
	int round;

	(void)state;
	memset((void *)times, 0, sizeof(times));
	for (round = 0; round < 50; round++)
		assert_int_equal(pool_each(p, N, count_piece, NULL), 0);
	for (i = 0; i < N; i++)
		assert_int_equal(times[i], 50);
	assert_int_equal(pool_each(p, 0, count_piece, NULL), 0);
	pool_free(p);
}

static int
square_piece(void *ctx, size_t i)
{
	size_t *squares = ctx;

	if (i % 64 == 0)
		(void)sched_yield();
	squares[i] = i * i;
	return 0;
}

static void
gives_a_piece_to_the_caller_as_soon_as_it_is_done(void **state)
{
	static size_t squares[N];
	size_t i;

	(void)state;
	for (int threads = 1; threads <= 4; threads++) {
		struct pool *p = pool_new(threads, NULL);

		for (int round = 0; round < 20; round++) {
			memset(squares, 0, sizeof(squares));
			pool_begin(p, N, square_piece, squares);
			for (i = 0; i < N; i++) {
				assert_int_equal(pool_until(p, i), 0);
				assert_int_equal(squares[i], i * i);
			}
			assert_int_equal(pool_join(p), 0);
		}
		pool_free(p);
	}
}

static int
fail_some(void *ctx, size_t i)
{
	(void)ctx;
	if (i % 1000 == 999)
		return err_set_code(ERR_DENIED, "PIECE", "piece %zu", i);
	/* what the others say of themselves is not what is reported */
	if (i % 7 == 0)
		(void)err_set(ERR_INPUT, "noise");
	return 0;
}

static void
waits_for_no_piece_behind_one_that_failed(void **state)
{
	struct pool *p = pool_new(3, NULL);
	size_t i = 0;

	(void)state;
	for (int round = 0; round < 50; round++) {
		pool_begin(p, N, fail_some, NULL);
		for (i = 0; i < N && pool_until(p, i) == 0; i++)
			continue;
		assert_in_range(i, 0, 999);
		assert_int_equal(pool_join(p), -1);
		assert_string_equal(err_text(), "piece 999");
	}
	pool_free(p);
}

static void
tells_the_failure_of_a_piece_to_the_caller(void **state)
{
	struct pool *p = pool_new(4, NULL);

	(void)state;
	assert_int_equal(pool_each(p, 1000, fail_some, NULL), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), "PIECE");
	assert_string_equal(err_text(), "piece 999");
	/* and is as good as new */
	assert_int_equal(pool_each(p, 999, fail_some, NULL), 0);
	pool_free(p);
}

/* By one thread or by several: begun, left alone, joined. */
static void
works_while_the_caller_does_something_else(void **state)
{
	struct pool *p;
	int threads;
	size_t i;

	(void)state;
	memset((void *)times, 0, sizeof(times));
	for (threads = 1; threads <= 3; threads++) {
		p = pool_new(threads, NULL);
		pool_begin(p, N, count_piece, NULL);
		assert_int_equal(pool_join(p), 0);
		pool_begin(p, 1000, fail_some, NULL);
		(void)err_set(ERR_INPUT, "of something else");
		assert_int_equal(pool_join(p), -1);
		assert_string_equal(err_text(), "piece 999");
		pool_free(p);
	}
	for (i = 0; i < N; i++)
		assert_int_equal(times[i], 3);
}

static int
wait_until_told(void *ctx, size_t i)
{
	_Atomic bool *told = ctx;

	while (i == 0 && !atomic_load(told))
		(void)sched_yield();
	return 0;
}

/* The others do it all; the caller only looks. */
static void
says_when_it_has_ended(void **state)
{
	struct pool *p = pool_new(2, NULL);
	_Atomic bool told = false;

	(void)state;
	pool_begin(p, 1000, wait_until_told, (void *)&told);
	assert_false(pool_has_ended(p));
	(void)usleep(20000);
	assert_false(pool_has_ended(p)); /* all but the first are done */
	atomic_store(&told, true);
	while (!pool_has_ended(p))
		(void)sched_yield();
	assert_int_equal(pool_join(p), 0);
	pool_free(p);
}

static void
drops_what_is_left_and_keeps_the_failure(void **state)
{
	struct pool *p = pool_new(3, NULL);
	size_t i, done = 0;

	(void)state;
	memset((void *)times, 0, sizeof(times));
	pool_begin(p, N, count_piece, NULL);
	(void)err_set_code(ERR_CONFLICT, "MINE", "of the caller");
	pool_drop(p);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	assert_string_equal(err_code(), "MINE");
	assert_string_equal(err_text(), "of the caller");
	for (i = 0; i < N; i++)
		done += (size_t)times[i];
	(void)usleep(20000);
	for (i = 0; i < N; i++)
		done -= (size_t)times[i];
	assert_int_equal(done, 0); /* nobody is at it any more */
	/* and is as good as new */
	assert_int_equal(pool_each(p, N, count_piece, NULL), 0);
	pool_free(p);
}

static int
wait_for_another(void *ctx, size_t i)
{
	_Atomic int *here = ctx;
	long turns;

	(void)i;
	if (i % 32 != 0)
		return 0;
	atomic_fetch_add(here, 1);
	for (turns = 0; turns < 100000000 && atomic_load(here) < 2; turns++)
		(void)sched_yield();
	return atomic_load(here) < 2 ? err_set(ERR_BUSY, "alone") : 0;
}

static void
works_on_two_at_the_same_time(void **state)
{
	struct pool *p = pool_new(2, NULL);
	_Atomic int here = 0;

	(void)state;
	assert_int_equal(pool_each(p, 64, wait_for_another, &here), 0);
	pool_free(p);
}

/* Of few that take long each has a thread. */
static int
wait_for_the_other(void *ctx, size_t i)
{
	return wait_for_another(ctx, i * 32);
}

static void
works_on_two_of_two(void **state)
{
	struct pool *p = pool_new(2, NULL);
	_Atomic int here = 0;

	(void)state;
	pool_share_out(p, 1);
	assert_int_equal(pool_each(p, 2, wait_for_the_other, &here), 0);
	pool_free(p);
}

static void
say_bye(void)
{
	hash_forget();
	key_forget();
	atomic_fetch_add(&ended, 1);
}

struct signed_text {
	struct key *key;
	uint8_t signature[N][KEY_SIGNATURE_MAX];
	size_t n[N];
};

static int
sign_and_verify(void *ctx, size_t i)
{
	struct signed_text *t = ctx;
	struct span text = span_of(&i, sizeof(i));
	uint8_t digest[HASH_SIZE];

	hash_sha256(text, digest);
	if (key_sign(t->key, text, t->signature[i], &t->n[i]) == -1 ||
	    key_verify_point(KEY_P256, key_point(t->key), text,
		span_of(t->signature[i], t->n[i])) == -1)
		return -1;
	/* one that doesn't hold leaves nothing behind in another thread */
	t->signature[i][t->n[i] - 1] ^= 1;
	if (key_verify_point(KEY_P256, key_point(t->key), text,
		span_of(t->signature[i], t->n[i])) == 0)
		return err_set(ERR_INTERNAL, "a wrong signature holds");
	t->signature[i][t->n[i] - 1] ^= 1;
	return 0;
}

static void
signs_and_verifies_in_many_threads(void **state)
{
	static struct signed_text t;
	struct pool *p = pool_new(8, say_bye);
	size_t i;

	(void)state;
	t.key = key_generate(KEY_P256);
	assert_int_equal(pool_each(p, N, sign_and_verify, &t), 0);
	for (i = 0; i < N; i++)
		assert_int_equal(key_verify(t.key, span_of(&i, sizeof(i)),
				     span_of(t.signature[i], t.n[i])),
		    0);
	pool_free(p);
	assert_int_equal(ended, 7);
	key_free(t.key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_each_piece_once),
		cmocka_unit_test(
		    gives_a_piece_to_the_caller_as_soon_as_it_is_done),
		cmocka_unit_test(waits_for_no_piece_behind_one_that_failed),
		cmocka_unit_test(tells_the_failure_of_a_piece_to_the_caller),
		cmocka_unit_test(works_while_the_caller_does_something_else),
		cmocka_unit_test(says_when_it_has_ended),
		cmocka_unit_test(drops_what_is_left_and_keeps_the_failure),
		cmocka_unit_test(works_on_two_at_the_same_time),
		cmocka_unit_test(works_on_two_of_two),
		cmocka_unit_test(signs_and_verifies_in_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
