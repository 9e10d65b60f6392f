#ifndef API_DECISION_QUEUE_H
#define API_DECISION_QUEUE_H

#include "api/request.h"

/*
 * Questions that arrive at the same time are judged and recorded together: two
 * statements and one commit for all of them, not for each.  What is out of the
 * common is asked by each handler itself.
 *
 * A handler puts its question in the queue, and has itself called again
 * (reply_resume()) with this, which says which it is.
 */
struct decision_turn {
	unsigned place, use;
};

enum decision_queued {
	DECISION_WAITS,
	DECISION_ALONE, /* ask it yourself */
	DECISION_ANSWERED,
	DECISION_FAILED /* the error slot says why */
};

/* -1: it is one to be asked alone. */
int decision_queue(struct decision_turn *, const struct request *);
/* What has become of it.  answer: borrowed until the handler returns. */
enum decision_queued decision_queued(
    const struct decision_turn *, struct span *answer);

/* ---- for the module */

/* Is anything in the queue? */
bool decision_queue_waits(void);
/* How many milliseconds others that come may be waited for. */
unsigned decision_queue_waits_for(void);
/* Judge the oldest of what is in it. */
void decision_queue_flush(struct db *);
/* Has a handler that left these octets anything to do? */
bool decision_queue_ready(const void *resume, size_t n);

#endif
