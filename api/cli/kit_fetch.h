#ifndef API_CLI_KIT_FETCH_H
#define API_CLI_KIT_FETCH_H

#include "api/cli/cli.h"
#include "kit/folder.h"

/*
 * Fetch what is missing in the folder, verify each, keep what follows, and
 * remove what a newer snapshot has replaced.  fetched: how many files.  The
 * chain is freed by the caller in either case.
 */
int kit_fetch(struct cli *, const char *folder, const struct roots *,
    struct kit_chain *, int *fetched);

#endif
