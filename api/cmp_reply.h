#ifndef API_CMP_REPLY_H
#define API_CMP_REPLY_H

#include "api/cmp_lot.h"
#include "api/reply.h"

#define PKIXCMP "application/pkixcmp"

/* The answer, which is kept first where there is a transaction; accepted: as
 * for cmp_call_keep(). */
int cmp_reply(
    struct cmp_call *, const struct cmp_answer *, int accepted, struct reply *);
/* An error message that says what the error slot does. */
int cmp_reply_error(struct cmp_call *, struct reply *);
/* The answer becomes a rejection for what the error slot says. */
void cmp_reject(struct cmp_answer *);

#endif
