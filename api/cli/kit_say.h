#ifndef API_CLI_KIT_SAY_H
#define API_CLI_KIT_SAY_H

#include "api/cli/cli.h"
#include "kit/judge.h"

/*
 * A kit, and what was decided by it, for people and as JSON.
 */

/* CLI_OK. */
int kit_say(const struct cli *, const struct kit_chain *, int64_t now);
void kit_say_answer(const struct cli *, const struct kit_chain *, int64_t now,
    const struct kit_answer *);

#endif
