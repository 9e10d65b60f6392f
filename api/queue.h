#ifndef API_QUEUE_H
#define API_QUEUE_H

#include "api/reply.h"
#include "api/request.h"

/*
 * Requests that arrive at the same time are answered together: by the
 * statements and the commit of one, for all of them.  What is out of the common
 * is answered by itself.
 */

#define QUEUE_TOGETHER 64 /* so many at most */

struct queue {
	int status; /* of an answer, which is JSON */
	/* A group costs nearly as much as one: others that come are waited for.
	 */
	bool patient;
	/* What is to be answered; NULL: it goes by itself. */
	void *(*read)(const struct request *);
	/*
	 * 0: each is answered, or goes by itself.  -1: nobody knows what came
	 * of those that do not; the error slot says why.
	 */
	int (*together)(struct db *, void *const *ones, size_t n);
	/* What came of one, put behind; false: it goes by itself. */
	bool (*take)(void *one, struct buf *answer);
	void (*free)(void *one);
	int (*alone)(struct request *, struct reply *);
	/* the queue's own */
	struct queue_place *places;
	unsigned next, looks;
	size_t queued, before, seen;
};

/* What a handler leaves, which says which place is its. */
struct queue_turn {
	struct queue *queue;
	unsigned place, use;
};

/* A handler: it has itself called again (reply_resume()) when there is more. */
int queue_serve(struct queue *, struct request *, struct reply *);

/* ---- for the module */

/* Is anything in it? */
bool queue_waits(const struct queue *);
/* How many milliseconds others that come may be waited for. */
unsigned queue_waits_for(const struct queue *);
/* Answer the oldest of what is in it. */
void queue_flush(struct queue *, struct db *);
/* Has a handler that left these octets anything to do? */
bool queue_ready(const void *resume, size_t n);

#endif
