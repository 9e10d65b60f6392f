/*
 * Requests that wait for each other, for as long as it takes to read those that
 * came with them.
 */

#include <string.h>

#include "api/queue.h"
#include "base/err.h"

/* More than a process has connections: a place is free long before its turn. */
#define PLACES 1024

struct queue_place {
	unsigned use; /* whose it is */
	enum { FREE, QUEUED, ALONE, ANSWERED, FAILED } state;
	void *one;	   /* QUEUED */
	struct buf answer; /* ANSWERED */
	struct err failed; /* FAILED */
};

static void
free_one(const struct queue *q, struct queue_place *p)
{
	if (p->one != NULL)
		q->free(p->one);
	p->one = NULL;
}

static struct queue_turn
put(struct queue *q, void *one)
{
	struct queue_place *p;

	if (q->places == NULL)
		q->places = xcalloc(PLACES, sizeof(*q->places));
	p = &q->places[q->next % PLACES];
	q->queued -= p->state == QUEUED; /* of nobody's, who has gone */
	free_one(q, p);
	buf_free(&p->answer);
	p->one = one;
	p->state = QUEUED;
	q->queued++;
	return (struct queue_turn){ q, q->next++ % PLACES, ++p->use };
}

/* Its place, if it is still its own. */
static struct queue_place *
place(const struct queue_turn *t)
{
	struct queue_place *p = &t->queue->places[t->place];

	return p->use == t->use ? p : NULL;
}

int
queue_serve(struct queue *q, struct request *req, struct reply *reply)
{
	struct queue_place *p;
	struct queue_turn turn;
	void *one;

	if (req->resumed.n == sizeof(turn))
		memcpy(&turn, req->resumed.p, sizeof(turn));
	else if ((one = q->read(req)) != NULL)
		turn = put(q, one);
	else
		return q->alone(req, reply);
	if ((p = place(&turn)) == NULL)
		return q->alone(req, reply);
	switch (p->state) {
	case QUEUED:
		reply_resume(reply, &turn, sizeof(turn));
		return 0;
	case ANSWERED:
		return reply_octets(
		    reply, q->status, "application/json", buf_span(&p->answer));
	case FAILED:
		return err_again(&p->failed);
	default:
		return q->alone(req, reply);
	}
}

bool
queue_ready(const void *resume, size_t n)
{
	const struct queue_place *p;
	struct queue_turn t;

	if (n != sizeof(t))
		return true; /* of no queue */
	memcpy(&t, resume, n);
	return (p = place(&t)) == NULL || p->state != QUEUED;
}

bool
queue_waits(const struct queue *q)
{
	return q->queued > 0;
}

/*
 * Those who are answered together ask again at almost the same time: while more
 * come, the patient wait for them, so often at most.  Who asks alone is not
 * kept waiting.
 */
#define MANY	   8
#define MANY_FOR   2 /* ms */
#define LOOKS_MOST 4

static bool
may_wait(const struct queue *q)
{
	return q->patient && q->before >= MANY && q->queued < QUEUE_TOGETHER;
}

unsigned
queue_waits_for(const struct queue *q)
{
	return may_wait(q) ? MANY_FOR : 0;
}

static bool
more_come(struct queue *q)
{
	if (may_wait(q) && q->queued > q->seen && ++q->looks < LOOKS_MOST) {
		q->seen = q->queued;
		return true;
	}
	q->seen = q->looks = 0;
	return false;
}

/* From the oldest on. */
static size_t
gather(const struct queue *q, struct queue_place *group[QUEUE_TOGETHER])
{
	struct queue_place *p;
	size_t n = 0;
	unsigned i;

	for (i = 0; i < PLACES && n < QUEUE_TOGETHER && n < q->queued; i++) {
		p = &q->places[(q->next + i) % PLACES];
		if (p->state == QUEUED)
			group[n++] = p;
	}
	return n;
}

static void
end(const struct queue *q, struct queue_place *p, int rc)
{
	if (!q->take(p->one, &p->answer))
		p->state = ALONE;
	else if (rc == 0)
		p->state = ANSWERED;
	else {
		p->state = FAILED;
		err_keep(&p->failed);
	}
	free_one(q, p);
}

void
queue_flush(struct queue *q, struct db *db)
{
	struct queue_place *group[QUEUE_TOGETHER];
	void *ones[QUEUE_TOGETHER] = { NULL };
	size_t i, n;
	int rc;

	if (!queue_waits(q) || more_come(q))
		return;
	n = q->before = gather(q, group);
	for (i = 0; i < n; i++)
		ones[i] = group[i]->one;
	rc = q->together(db, ones, n);
	for (i = 0; i < n; i++)
		end(q, group[i], rc);
	q->queued -= n;
}
