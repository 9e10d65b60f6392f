#ifndef API_CLI_OFFLINE_H
#define API_CLI_OFFLINE_H

#include "api/cli/cli.h"
#include "x509/roots.h"

/*
 * What verifying offline has in common, whatever is verified.
 */

/* --root FILE, as roots.h has it; else the one of VAR, and what links its
 * successors where the instance is here.  Free in either case. */
int offline_roots(struct cli *, struct roots *);
/*
 * The root under which it verifies; NULL when there is none, with the error of
 * the last one tried.  Which root's it is, its signer says: any other failure
 * than that code is the answer.
 */
const struct buf *offline_under(const struct roots *, const char *signer_code,
    int (*verify)(const void *what, struct span root), const void *what);

/* --at TIME, else now. */
int offline_time(struct cli *, int64_t *);

/*
 * The error slot as an answer: that something does not hold is one, not a
 * failure to give one.  Codes that begin otherwise are failures: -1.
 */
int offline_bad(const struct cli *, const char *what, const char *prefix);

/* Of a chain that is kept: how many came, and up to which it holds now. */
void offline_fetched(
    struct cli *, const char *what, int64_t fetched, int64_t newest);

/* Print it on standard output; the reference is taken. */
void offline_json(json_t *);

#endif
