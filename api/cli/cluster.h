#ifndef API_CLI_CLUSTER_H
#define API_CLI_CLUSTER_H

#include "api/cli/home.h"

/*
 * The private PostgreSQL cluster under VAR/postgres: reached by a unix socket
 * alone, its superuser is the user of the operating system.
 */

/* Make it with initdb when it isn't there; write its settings (each time). */
int cluster_make(const struct home *);

/* How postgres is started; the process is not started yet. */
int cluster_process(const struct home *, struct process *);

/*
 * Wait until the one of before has ended: who was killed has left it behind,
 * busy writing all that it has.  It may take as long as postgres has when it is
 * stopped; behind that, postgres says itself that another one is at work.
 */
void cluster_wait_earlier(const struct home *);

/* Wait until it takes connections (it may have to recover first); NULL: it
 * is somebody else's child. */
int cluster_wait(const struct home *, const struct process *, int timeout_ms);

/* Roles, database, schema as it should be; the body's rows.  Idempotent. */
int cluster_prepare(const struct home *);

#endif
