#ifndef API_CALLER_H
#define API_CALLER_H

#include "api/request.h"

/*
 * Who a client certificate was found to be, kept by what nginx says that it
 * is known by, its fingerprint: to write the certificate out, to read it and to
 * ask the register takes longer than many a question.  It is what was so, not
 * what is: ROUTE_CALLER_KEPT.
 */

/* Fills req->principal; false: it is not known. */
bool caller_kept(struct request *);
void caller_keep(const struct request *);

/*
 * The SHA-256 of a client certificate, whoever's it is: for who asks the
 * register about it in each statement (est_enrol.c).  Not of one that has
 * ended.
 */
bool caller_certificate_kept(const struct request *, uint8_t sha256[32]);
void caller_certificate_keep(
    const struct request *, const uint8_t sha256[32], int64_t ends);

#endif
