#ifndef CEREMONY_RUN_FOLDER_H
#define CEREMONY_RUN_FOLDER_H

#include "ceremony/requests.h"

/*
 * The folder of the results: made if it is not there, and without what an
 * interruption left half-written.  CEREMONY_CONFLICT, ERR_CONFLICT: something
 * else lies there, or the transcript, so that the ceremony is complete.
 */
int run_folder_ready(const char *folder, const struct requests *);

/* That failure: always -1. */
int run_conflict(const char *file, const char *why);

#endif
