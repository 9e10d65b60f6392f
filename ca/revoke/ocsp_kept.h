#ifndef REVOKE_OCSP_KEPT_H
#define REVOKE_OCSP_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "revoke/ocsp_answer.h"
#include "revoke/status.h"

/*
 * Signatures kept to be given again: one costs more than all the rest of an
 * answer, which is written anew from what was signed.  One is good as long as
 * the index says the same about the certificate and half of the answer's life
 * is left.  Requests with a nonce, or about several certificates, are not kept.
 */
struct ocsp_kept;

struct ocsp_kept *ocsp_kept_new(size_t slots);
void ocsp_kept_free(struct ocsp_kept *);
void ocsp_kept_clear(struct ocsp_kept *); /* the signer has changed */

/* What an answer is made of beside its request and what the index says. */
struct ocsp_kept_one {
	int64_t produced;
	struct ocsp_meta meta;
	struct span signature;
};

/* False: none for this request that is still true. */
bool ocsp_kept_find(struct ocsp_kept *, struct span request,
    const struct status_answer *, int64_t now, struct ocsp_kept_one *);
void ocsp_kept_put(struct ocsp_kept *, struct span request,
    const struct status_answer *, const struct ocsp_kept_one *);

#endif
