#ifndef KIT_FOLDER_H
#define KIT_FOLDER_H

#include "kit/chain.h"
#include "x509/roots.h"

/*
 * A kit in a folder: NUMBER.full and the NUMBER.delta that follow it.
 */

/*
 * Open one, verify it under any of the roots, and then read it, each as in
 * chain.h.  It takes over the octets; free it in either case.
 */
int kit_file_take(struct buf *octets, const struct roots *, struct kit_file *);

/*
 * Read and verify what is there and add it to the chain, which stays empty when
 * there is no snapshot.  KIT_GAP for a delta that is missing.
 */
int kit_folder_load(
    const char *folder, const struct roots *, struct kit_chain *);

/* Remove what a snapshot of that number has replaced. */
void kit_folder_clean(const char *folder, int64_t full);

#endif
