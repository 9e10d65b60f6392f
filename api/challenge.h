#ifndef API_CHALLENGE_H
#define API_CHALLENGE_H

#include "api/queue.h"

/* Those that are asked for at the same time: one statement for all of them. */
extern struct queue challenge_queue;

#endif
