/*
 * Which questions are judged with others, on their way there and back.
 */

#include "api/decision_queue.h"
#include "api/decision.h"
#include "api/decision_together.h"
#include "key/hash.h"

/* May it be judged with others?  One that shows a consent uses it up, and one
 * without a challenge may be an earlier one again. */
static bool
is_common(const struct decision_request *r)
{
	return r->challenge.n > 0 && !r->has_migration;
}

static void *
read_one(const struct request *req)
{
	struct decision_one *one = xcalloc(1, sizeof(*one));

	one->req.principal = req->principal;
	one->req.db = req->db;
	one->q.req = &one->req;
	if (decision_request_parse(req->body, &one->q.r) == -1 ||
	    !is_common(&one->q.r)) {
		decision_one_free(one);
		return NULL;
	}
	hash_sha256(req->body, one->q.body_sha256);
	question_open(&one->q, &one->tre, &one->platform);
	return one;
}

static bool
take(void *p, struct buf *answer)
{
	struct decision_one *one = p;

	*answer = one->answer;
	one->answer = BUF_EMPTY;
	return !one->alone;
}

static int
together(struct db *db, void *const *ones, size_t n)
{
	struct decision_one *list[QUEUE_TOGETHER];
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = ones[i];
	return decision_together(db, list, n);
}

static void
free_one(void *one)
{
	decision_one_free(one);
}

struct queue decision_queue = {
	.status = 200,
	.patient = true,
	.read = read_one,
	.together = together,
	.take = take,
	.free = free_one,
	.alone = decision_alone,
};
