#ifndef API_CMP_SIGNER_H
#define API_CMP_SIGNER_H

#include "key/key.h"

/*
 * The key that signs answers of CMP (VAR/api/cmp.key), in clear like the
 * receipt key; its short-lived certificate, which the authority gives it, is
 * read with the lot (cmp_lot.h).
 */
int cmp_signer_open(const char *path);
void cmp_signer_close(void);

const struct key *cmp_signer_key(void);
#endif
