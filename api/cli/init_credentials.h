#ifndef API_CLI_INIT_CREDENTIALS_H
#define API_CLI_INIT_CREDENTIALS_H

#include "api/cli/home.h"

/*
 * Make the PKI and the first credentials: keys and requests into VAR/init/,
 * `assay-authority init`, and everything to its place (the contract is in
 * ca/authority/README.md).  0, -1, or INIT_WAITS (init.h).
 */
int init_credentials(
    const struct cli *, const struct home *, const char *ceremony);

#endif
