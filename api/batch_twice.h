#ifndef API_BATCH_TWICE_H
#define API_BATCH_TWICE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/question.h"

/*
 * What occurs in more than one item of a batch.  Whoever has one device cannot
 * have a second one permitted by its key, its number or its TrE; so all of them
 * are refused, and that is known only when all are in.  20 octets of memory for
 * each thing that is put.
 */
struct batch_twice;

struct batch_twice *batch_twice_new(void);
void batch_twice_free(struct batch_twice *);

/* kind: 'd' a device, 'k' a key, 'i' an IMEI, 'c' a consent. */
void batch_twice_put(
    struct batch_twice *, char kind, struct span value, uint32_t item);

/* All of these of a question that was judged (question_judge()). */
void batch_twice_question(
    struct batch_twice *, const struct question *, uint32_t item);

/* Sets those of the items that share something with another. */
void batch_twice_mark(struct batch_twice *, bool *items);

#endif
