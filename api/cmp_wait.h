#ifndef API_CMP_WAIT_H
#define API_CMP_WAIT_H

#include "api/cmp_lot.h"
#include "api/reply.h"

/*
 * Requests for certificates that wait for the authority: what their second
 * turn knows of the first (reply_resume()).
 */
struct cmp_turn {
	int64_t end; /* of its waiting, clock_ms(); 0: it is the first turn */
	int64_t transaction;
	int row;
	uint8_t key[32];
	unsigned place, use; /* where the call is kept */
};

/* Was it here before?  The call knows then what it knew. */
bool cmp_turn_again(struct cmp_call *, struct cmp_turn *);
/* It is to come again, and nothing of its reply is sent; false: it has waited
 * long enough. */
bool cmp_turn_comes(struct cmp_call *, struct cmp_turn *, struct reply *);
/* Called again, and nothing is known yet, as far as was heard: it waits on. */
bool cmp_turn_waits_on(struct request *, const char *lot, struct reply *);

/*
 * The call of one that comes again is kept as it was judged, for as long as no
 * other needs the place: it is the same message, a moment later.
 */
void cmp_kept_put(struct cmp_call *, const struct reply *);
/* What was kept of this request, if it still is: true. */
bool cmp_kept_take(struct request *, struct cmp_call *);

#endif
