#ifndef REVOKE_OCSP_KEPT_H
#define REVOKE_OCSP_KEPT_H

#include <stdint.h>

#include "base/buf.h"
#include "revoke/ocsp_answer.h"
#include "revoke/status.h"

/*
 * Responses kept to be given again: a signature costs more than all the rest
 * of an answer.  One is good as long as the index says the same about the
 * certificate and half of its life is left.  Requests with a nonce, or about
 * several certificates, are not kept.
 */
struct ocsp_kept;

struct ocsp_kept *ocsp_kept_new(size_t slots);
void ocsp_kept_free(struct ocsp_kept *);
void ocsp_kept_clear(struct ocsp_kept *); /* the signer has changed */

/* NULL: none for this request that is still true. */
const struct buf *ocsp_kept_find(struct ocsp_kept *, struct span request,
    const struct status_answer *, int64_t now, struct ocsp_meta *);
void ocsp_kept_put(struct ocsp_kept *, struct span request,
    const struct status_answer *, struct span response,
    const struct ocsp_meta *);

#endif
