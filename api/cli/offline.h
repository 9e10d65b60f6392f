#ifndef API_CLI_OFFLINE_H
#define API_CLI_OFFLINE_H

#include "api/cli/cli.h"

/*
 * What verifying offline has in common, whatever is verified.
 */

/* --root FILE, PEM or DER; else VAR's. */
int offline_root(struct cli *, struct buf *der);

/* --at TIME, else now. */
int offline_time(struct cli *, int64_t *);

/*
 * The error slot as an answer: that something does not hold is one, not a
 * failure to give one.  Codes that begin otherwise are failures: -1.
 */
int offline_bad(const struct cli *, const char *what, const char *prefix);

/* Print it on standard output; the reference is taken. */
void offline_json(json_t *);

#endif
