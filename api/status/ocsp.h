#ifndef API_STATUS_OCSP_H
#define API_STATUS_OCSP_H

#include "api/route.h"
#include "revoke/ocsp_answer.h"

/*
 * OCSP over HTTP: RFC 6960 appendix A, with the caching rules of RFC 5019
 * section 6.
 */
extern const struct route ocsp_routes[];

/* Who answers; borrowed, before the first request. */
void ocsp_use(const struct ocsp_responder *);

/*
 * A handler puts what it has to sign aside (reply_resume()), KEY_MANY at most;
 * ocsp_flush() signs all that were, and each handler is then called again.
 */
bool ocsp_gathers(void);
void ocsp_flush(void);
void ocsp_end(void); /* nothing is asked any more */

#endif
