#ifndef API_NEVER_H
#define API_NEVER_H

#include "api/request.h"

/*
 * No Ki, OPc, IMSI or profile data comes in (policy/never.h).  The router asks
 * before anything is read, stored or logged: ERR_INPUT, code
 * SUBSCRIBER_DATA_REFUSED.
 */

/* The address, the query, and what the caller says in headers. */
int never_in_address(const struct request *);
/* The body: JSON, or a text or octets of another form. */
int never_in_body(struct span body, bool json);

#endif
