/*
 * Requests that are answered together: each gets its own, and a failure that
 * is all of theirs.
 */

#include "../test.h"

#include <stdlib.h>
#include <string.h>

#include "api/queue.h"
#include "base/err.h"

static int fails, freed, by_itself;

/* What is asked is the body; "alone" goes by itself, "left" when it is told. */
static void *
read_one(const struct request *req)
{
	if (span_equal(req->body, span_str("alone")))
		return NULL;
	return xstrdup((const char *)req->body.p);
}

static int
together(struct db *db, void *const *ones, size_t n)
{
	(void)db, (void)ones, (void)n;
	if (fails == 0)
		return 0;
	err_set_code(ERR_BUSY, "CROWDED", "there are too many");
	err_set_retry(7);
	return -1;
}

static bool
take(void *one, struct buf *answer)
{
	if (strcmp(one, "left") == 0)
		return false;
	buf_printf(answer, "{\"asked\":\"%s\"}", (const char *)one);
	return true;
}

static void
free_one(void *one)
{
	freed++;
	free(one);
}

static int
alone(struct request *req, struct reply *reply)
{
	(void)req;
	by_itself++;
	return reply_json(reply, 200, "{}");
}

static struct queue queue = {
	.status = 201,
	.read = read_one,
	.together = together,
	.take = take,
	.free = free_one,
	.alone = alone,
};

static int
setup(void **state)
{
	(void)state;
	fails = freed = by_itself = 0;
	err_forget();
	return 0;
}

static void
ask(const char *what, struct reply *reply)
{
	struct request req = { .body = span_str(what) };

	*reply = REPLY_EMPTY;
	assert_int_equal(queue_serve(&queue, &req, reply), 0);
}

/* Called again with what it left. */
static int
ask_again(const char *what, struct reply *reply)
{
	struct request req = { .body = span_str(what) };
	uint8_t left[REPLY_RESUME_MAX];

	memcpy(left, reply->resume, reply->nresume);
	req.resumed = span_of(left, reply->nresume);
	reply_free(reply);
	*reply = REPLY_EMPTY;
	return queue_serve(&queue, &req, reply);
}

static void
is(struct reply *reply, int status, const char *body)
{
	assert_int_equal(reply->status, status);
	assert_string_equal(buf_str(&reply->body), body);
	reply_free(reply);
}

static void
answers_each_of_those_that_came_together(void **state)
{
	struct reply a, b;

	(void)state;
	ask("a", &a);
	ask("b", &b);
	assert_true(queue_waits(&queue));
	assert_false(queue_ready(b.resume, b.nresume));
	queue_flush(&queue, NULL);
	assert_false(queue_waits(&queue));
	assert_true(queue_ready(b.resume, b.nresume));
	assert_int_equal(ask_again("b", &b), 0);
	assert_int_equal(ask_again("a", &a), 0);
	is(&a, 201, "{\"asked\":\"a\"}");
	is(&b, 201, "{\"asked\":\"b\"}");
	assert_int_equal(by_itself, 0);
	assert_int_equal(freed, 2);
}

static void
lets_go_by_itself_what_is_out_of_the_common(void **state)
{
	struct reply a, b;

	(void)state;
	ask("alone", &a);
	assert_false(queue_waits(&queue));
	is(&a, 200, "{}");
	ask("left", &b);
	queue_flush(&queue, NULL);
	assert_int_equal(ask_again("left", &b), 0);
	is(&b, 200, "{}");
	assert_int_equal(by_itself, 2);
}

static void
tells_each_of_a_failure_and_when_to_try_again(void **state)
{
	struct reply a, left;

	(void)state;
	ask("a", &a);
	ask("left", &left);
	fails = 1;
	queue_flush(&queue, NULL);
	err_forget();
	assert_int_equal(ask_again("left", &left), 0);
	assert_int_equal(by_itself, 1);
	reply_free(&left);
	assert_int_equal(ask_again("a", &a), -1);
	assert_int_equal(err_kind(), ERR_BUSY);
	assert_string_equal(err_code(), "CROWDED");
	assert_string_equal(err_text(), "there are too many");
	assert_int_equal(err_retry(), 7);
}

/* Who comes so late that the place is another's asks as if for the first
 * time. */
static void
knows_whose_place_it_is(void **state)
{
	struct reply late, other;
	int i;

	(void)state;
	ask("late", &late);
	for (i = 0; i < 1024; i++) {
		ask("other", &other);
		reply_free(&other);
	}
	assert_true(queue_ready(late.resume, late.nresume));
	assert_int_equal(ask_again("late", &late), 0);
	is(&late, 200, "{}");
	assert_int_equal(by_itself, 1);
	while (queue_waits(&queue))
		queue_flush(&queue, NULL);
	assert_int_equal(freed, 1025);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    answers_each_of_those_that_came_together, setup),
		cmocka_unit_test_setup(
		    lets_go_by_itself_what_is_out_of_the_common, setup),
		cmocka_unit_test_setup(
		    tells_each_of_a_failure_and_when_to_try_again, setup),
		cmocka_unit_test_setup(knows_whose_place_it_is, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
