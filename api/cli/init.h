#ifndef API_CLI_INIT_H
#define API_CLI_INIT_H

#include "api/cli/home.h"

/*
 * Make the PKI and the first credentials: keys and requests into VAR/init/,
 * `assay-authority init`, and everything to its place (the contract is in
 * ca/authority/README.md).  PostgreSQL must run and be prepared.  May be
 * interrupted and done again; does nothing once it was done.
 */
int init_credentials(const struct cli *, const struct home *);

/*
 * Prepare the cluster and all of the above; postgres is started and left
 * running in *postgres, also after a failure (pid 0: it is not running).
 */
int init_instance(
    const struct cli *, const struct home *, struct process *postgres);

#endif
