#ifndef API_CMP_SIGNER_H
#define API_CMP_SIGNER_H

#include "db/conn.h"
#include "key/key.h"

/*
 * The key that signs answers of CMP (VAR/api/cmp.key), in clear like the
 * receipt key, and the short-lived certificate that the authority gives it.
 */
int cmp_signer_open(const char *path);
void cmp_signer_close(void);

const struct key *cmp_signer_key(void);
/* Its certificate and the one above, appended.  ERR_BUSY: it has none now. */
int cmp_signer_certificate(
    struct db *, struct buf *certificate, struct buf *issuer);

#endif
