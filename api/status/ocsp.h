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

#endif
