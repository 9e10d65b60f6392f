#ifndef API_DECISION_H
#define API_DECISION_H

#include "api/question.h"
#include "api/reply.h"
#include "policy/receipt.h"
#include "registry/instance.h"

/* Once for the process: the receipt key and our CAs. */
int decision_open(const struct instance *);
void decision_close(void);

/* What they are, for those who judge many at once (api/batch_judge.c). */
struct pki *decision_pki(void);
const char *decision_issuer(void);
/* Who verifies and signs beside this thread. */
struct pool *decision_pool(void);

/* A question by itself: each that does not go with others
 * (api/decision_queue.h). */
int decision_alone(struct request *, struct reply *);

/* What a receipt says of a question that was judged; borrows from it. */
void decision_receipt(
    const struct question *, const char *id, struct receipt *);
/* Codes as an array of the database's. */
void decision_put_codes(struct buf *, const enum reason *, int n);
/* And as JSON, as the database writes it. */
void decision_put_list(struct buf *, const enum reason *, int n);

#endif
