#ifndef API_DECISION_QUEUE_H
#define API_DECISION_QUEUE_H

#include "api/queue.h"

/*
 * Questions that arrive at the same time are judged and recorded together: two
 * statements and one commit for all of them, not for each.
 */
extern struct queue decision_queue;

#endif
