#ifndef API_CLI_SERVE_H
#define API_CLI_SERVE_H

#include "api/cli/home.h"

/* the daemons, nginx, the check, and as many Kore processes as may be set */
#define SERVE_MOST (5 + 64 + 16 + 64 + 64 + 64)

/*
 * What runs beside PostgreSQL, in the order of starting: authority, follower,
 * api, status, notifier, nginx, and what checks them; their settings are
 * written anew from the templates. Returns how many, 0 with err_set().
 */
size_t serve_processes(const struct home *, struct process *);

/*
 * One of them by its name: authority, follower, notifier, api-N, status-N,
 * nginx or check; its settings are written.  ERR_ABSENT: there is no such.
 */
int serve_process(const struct home *, const char *name, struct process *);

/* The names of all that make up the system, postgres first, a line each. */
void serve_names(const struct instance *, struct buf *);

#endif
