#ifndef API_CMP_REQUEST_H
#define API_CMP_REQUEST_H

#include "api/cmp_lot.h"
#include "api/reply.h"

/*
 * Messages of a transaction that is about a certificate, by their body: 0 with
 * an answer in the reply, or that it comes again; -1.
 */
int cmp_certify(struct cmp_call *, struct reply *); /* ir, cr, p10cr, kur */
int cmp_pollreq(struct cmp_call *, struct reply *);
int cmp_certconf(struct cmp_call *, struct reply *);
int cmp_client_error(struct cmp_call *, struct reply *);

#endif
