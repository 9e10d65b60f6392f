#ifndef X509_TSP_H
#define X509_TSP_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Time-stamps (RFC 3161) over SHA-256, by OpenSSL: asked for, and verified.
 * Digests have 32 octets.
 */

#define TSP_NONCE 8

/* A request for that digest, with the TSA's certificates; appended. */
int tsp_request_write(
    const uint8_t *digest, const uint8_t nonce[TSP_NONCE], struct buf *);

/*
 * The token out of a response to that very request; appended.  It is not
 * verified.  ERR_BUSY when the TSA refuses, ERR_DENIED when it is of something
 * else, ERR_INPUT when it is no response.
 */
int tsp_response_read(struct span response, const uint8_t *digest,
    const uint8_t nonce[TSP_NONCE], struct buf *token);

/*
 * Is it a time-stamp of that digest by a TSA under one of these CAs (PEM), as
 * of its own time?  When that was.  ERR_DENIED, code TIMESTAMP; ERR_INPUT when
 * the CAs cannot be read.
 */
int tsp_token_verify(
    struct span token, const uint8_t *digest, struct span cas, int64_t *when);

#endif
