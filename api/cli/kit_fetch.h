#ifndef API_CLI_KIT_FETCH_H
#define API_CLI_KIT_FETCH_H

#include "api/cli/cli.h"
#include "kit/folder.h"

/* ERR_BUSY: a number is there to which only its snapshot leads. */
#define KIT_UNFINISHED "SNAPSHOT_UNFINISHED"

/*
 * Fetch what is missing in the folder, verify each, keep what follows, and
 * remove what a newer snapshot has replaced.  fetched: how many files.  The
 * chain is freed by the caller in either case.  Without a folder (NULL) what is
 * missing in the chain is fetched, and kept nowhere else.
 */
int kit_fetch(struct cli *, const char *folder, const struct roots *,
    struct kit_chain *, int *fetched);

#endif
