/*
 * Questions that wait for each other, for as long as it takes to read those
 * that came with them.
 */

#include <stdio.h>
#include <string.h>

#include "api/decision_queue.h"
#include "api/decision_together.h"
#include "base/err.h"
#include "key/hash.h"

/* More than a process has connections: a place is free long before its turn. */
#define PLACES 1024

static struct place {
	unsigned use; /* whose it is */
	enum { FREE, QUEUED, ALONE, ANSWERED, FAILED } state;
	struct decision_one *one; /* QUEUED */
	struct buf answer;	  /* ANSWERED */
	enum err_kind kind;	  /* FAILED: the error slot */
	char code[48], text[256];
} places[PLACES];
static unsigned next;
static size_t queued; /* how many there are */
static size_t before; /* how many were judged together last */

/* May it be judged with others?  One that shows a consent uses it up, and one
 * without a challenge may be an earlier one again. */
static bool
is_common(const struct decision_request *r)
{
	return r->challenge.n > 0 && !r->has_migration;
}

static struct decision_one *
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

int
decision_queue(struct decision_turn *t, const struct request *req)
{
	struct decision_one *one = read_one(req);
	struct place *p = &places[next % PLACES];

	if (one == NULL)
		return -1;
	t->place = next++ % PLACES;
	queued -= p->state == QUEUED; /* of nobody's, who has gone */
	decision_one_free(p->one);
	buf_free(&p->answer);
	p->one = one;
	p->state = QUEUED;
	t->use = ++p->use;
	queued++;
	return 0;
}

enum decision_queued
decision_queued(const struct decision_turn *t, struct span *answer)
{
	struct place *p = &places[t->place];

	if (p->use != t->use)
		return DECISION_ALONE;
	switch (p->state) {
	case QUEUED:
		return DECISION_WAITS;
	case ANSWERED:
		*answer = buf_span(&p->answer);
		return DECISION_ANSWERED;
	case FAILED:
		(void)err_set_code(p->kind, p->code, "%s", p->text);
		return DECISION_FAILED;
	default:
		return DECISION_ALONE;
	}
}

bool
decision_queue_ready(const void *resume, size_t n)
{
	struct decision_turn t;

	if (n != sizeof(t))
		return true; /* not of this queue */
	memcpy(&t, resume, n);
	return places[t.place].use != t.use || places[t.place].state != QUEUED;
}

bool
decision_queue_waits(void)
{
	return queued > 0;
}

/*
 * Those who are answered together ask again at almost the same time, and a
 * group costs nearly as much as one: while more come, they are waited for, so
 * often at most.  Who asks alone is not kept waiting.
 */
#define MANY	   8
#define MANY_FOR   2 /* ms */
#define LOOKS_MOST 4

static size_t seen; /* how many had come at the last look */
static unsigned looks;

unsigned
decision_queue_waits_for(void)
{
	return before >= MANY && queued < TOGETHER_MOST ? MANY_FOR : 0;
}

static bool
more_come(void)
{
	if (before >= MANY && queued < TOGETHER_MOST && queued > seen &&
	    ++looks < LOOKS_MOST) {
		seen = queued;
		return true;
	}
	seen = looks = 0;
	return false;
}

/* From the oldest on. */
static size_t
gather(struct place *group[TOGETHER_MOST])
{
	struct place *p;
	size_t n = 0;
	unsigned i;

	for (i = 0; i < PLACES && n < TOGETHER_MOST && n < queued; i++) {
		p = &places[(next + i) % PLACES];
		if (p->state == QUEUED)
			group[n++] = p;
	}
	return n;
}

static void
end(struct place *p, int rc)
{
	if (p->one->alone)
		p->state = ALONE;
	else if (rc == 0) {
		p->state = ANSWERED;
		p->answer = p->one->answer;
		p->one->answer = BUF_EMPTY;
	} else {
		p->state = FAILED;
		p->kind = err_kind();
		(void)snprintf(p->code, sizeof(p->code), "%s", err_code());
		(void)snprintf(p->text, sizeof(p->text), "%s", err_text());
	}
	decision_one_free(p->one);
	p->one = NULL;
}

void
decision_queue_flush(struct db *db)
{
	struct decision_one *ones[TOGETHER_MOST];
	struct place *group[TOGETHER_MOST];
	size_t i, n = more_come() ? 0 : gather(group);
	int rc;

	if (n == 0)
		return;
	before = n;
	for (i = 0; i < n; i++)
		ones[i] = group[i]->one;
	rc = decision_together(db, ones, n);
	for (i = 0; i < n; i++)
		end(group[i], rc);
	queued -= n;
}
