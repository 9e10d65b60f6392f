#ifndef API_RECEIPT_SIGNER_H
#define API_RECEIPT_SIGNER_H

#include <jansson.h>

#include "db/conn.h"

/*
 * The key that signs receipts (VAR/api/receipt.key) and the short-lived
 * certificate that the authority gives it, read again from the record every
 * minute.
 */

/*
 * path: the key's file, in clear: the passphrase of assay.cnf is the
 * authority's alone.  ERR_* of key_load().
 */
int receipt_signer_open(const char *path);
void receipt_signer_close(void);

/* Which certificate it has; ERR_BUSY as below. */
int receipt_signer_ready(struct db *, int64_t *certificate);

/*
 * Sign the claims; appends the JWS and gives the certificate's id in the
 * record.  ERR_BUSY while the key has no valid certificate.
 */
int receipt_sign(
    struct db *, const json_t *claims, struct buf *jws, int64_t *certificate);

/* The same after receipt_signer_ready(), on any thread. */
int receipt_write(struct span claims, struct buf *jws);
/* The same of several, each begun by itself and ended together (key/jws.h). */
void receipt_begin(struct span claims, struct buf *jws);
int receipt_end_many(struct buf *const *begun, size_t n);

#endif
