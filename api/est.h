#ifndef API_EST_H
#define API_EST_H

#include "api/route.h"

/* EST, RFC 7030: what its handlers share. */

/* The lot that the address names, "" where it names none. */
const char *est_lot(const struct request *);
/* It and nothing else, RFC 7030 section 4.2.3. */
int est_reply_issued(struct reply *, struct span certificate);

int est_simpleenroll(struct request *, struct reply *);
int est_simplereenroll(struct request *, struct reply *);

#endif
