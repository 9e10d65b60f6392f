#ifndef API_CLI_DECIDE_BATCH_H
#define API_CLI_DECIDE_BATCH_H

#include "api/cli/question.h"

/*
 * Ask about each device of the table --batch, ten thousand at a time, and write
 * a table of the answers to --out or standard output.  asked has what all have
 * in common.  CLI_OK when all are permitted, CLI_REFUSED, or -1.
 */
int decide_batch(struct cli *, const struct question *asked);

#endif
