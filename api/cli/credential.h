#ifndef API_CLI_CREDENTIAL_H
#define API_CLI_CREDENTIAL_H

#include "api/cli/cli.h"

struct key;

/*
 * The credential --as, to sign with: its key (key_free()) and its certificate,
 * the leaf of VAR/credentials/NAME.crt, as DER appended to der.  NULL with
 * err_set().
 */
struct key *credential_load(const struct cli *, struct buf *der);

#endif
