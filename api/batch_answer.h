#ifndef API_BATCH_ANSWER_H
#define API_BATCH_ANSWER_H

#include "api/reply.h"
#include "api/request.h"

/*
 * What came of a batch, from the record, so that it is the same each time: a
 * line of the whole with its receipt, then a line for each item from that one
 * on, with its path (RFC 9162 section 2.1.3) to the root that the receipt has.
 */
int batch_answer(struct request *, struct reply *, const char *batch, int from);

/* The first line alone. */
int batch_answer_head(struct request *, struct reply *, const char *batch);

#endif
