#ifndef API_CLI_LOT_WATCH_H
#define API_CLI_LOT_WATCH_H

#include "api/cli/cli.h"

/* One lot as the api has it, a new reference; or NULL. */
json_t *lot_get(struct cli *, const char *number);

/*
 * Ask until nothing more will happen to the lot, and give it as it then is, a
 * new reference.
 * seen, which may be NULL, is told of each answer.  ERR_BUSY after so many
 * seconds; 0: never.
 */
json_t *lot_follow(struct cli *, const char *number, long seconds,
    void (*seen)(void *ctx, const json_t *lot), void *ctx);

/*
 * The same with a bar, the rate and the time that is left where standard
 * output is a terminal, and a line a change where it is not: with --json each
 * a JSON object.
 */
json_t *lot_watch(struct cli *, const char *number, long seconds);

#endif
