#ifndef API_CLI_DECIDE_INSIDE_H
#define API_CLI_DECIDE_INSIDE_H

#include "api/cli/question.h"

/*
 * What assay decide has for one device and for many.
 */

bool decide_wants_tre(const struct question *);

/* The two devices, as ids or options name them; free both in either case. */
int decide_open_players(struct cli *, const struct question *,
    const char *terminal_id, const char *tre_id, struct player *terminal,
    struct player *tre);

bool decide_permits(const json_t *answer);

/* Of each line "TRE TERMINAL" of --pairs.  CLI_OK, CLI_REFUSED, or -1. */
int decide_pairs(struct cli *, const struct question *);

#endif
