#ifndef API_CLI_INIT_H
#define API_CLI_INIT_H

#include "api/cli/home.h"

/*
 * Prepare the cluster, then make the PKI and the first credentials.  May be
 * interrupted and done again; does nothing once it was done.  postgres is left
 * running in *postgres, also after a failure (pid 0: it is not running).
 *
 * INIT_WAITS: the root is offline and has to sign first; ceremony is NULL, or
 * the folder with what it made.
 */
#define INIT_WAITS 3
int init_instance(const struct cli *, const struct home *,
    struct process *postgres, const char *ceremony);

#endif
