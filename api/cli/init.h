#ifndef API_CLI_INIT_H
#define API_CLI_INIT_H

#include "api/cli/home.h"

/*
 * Prepare the cluster, then make the PKI and the first credentials.  May be
 * interrupted and done again; does nothing once it was done.  postgres is left
 * running in *postgres, also after a failure (pid 0: it is not running).
 */
int init_instance(
    const struct cli *, const struct home *, struct process *postgres);

#endif
