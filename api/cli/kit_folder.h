#ifndef API_CLI_KIT_FOLDER_H
#define API_CLI_KIT_FOLDER_H

#include "api/cli/cli.h"
#include "kit/chain.h"
#include "x509/roots.h"

/*
 * An offline kit in a folder: NUMBER.full and the NUMBER.delta that follow it.
 */

/* Read and verify what is there; an empty chain when there is none.  The
 * chain is freed by the caller in either case. */
int kit_folder_load(
    const char *folder, const struct roots *, struct kit_chain *);

/*
 * Fetch what is missing, verify each, keep what follows, and remove what a
 * newer snapshot has replaced.  fetched: how many files.
 */
int kit_folder_fetch(struct cli *, const char *folder, const struct roots *,
    struct kit_chain *, int *fetched);

#endif
