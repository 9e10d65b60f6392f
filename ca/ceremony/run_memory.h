#ifndef CEREMONY_RUN_MEMORY_H
#define CEREMONY_RUN_MEMORY_H

#include "ceremony/ceremony.h"
#include "ceremony/run_key.h"

/*
 * What a root signed last: the transcript of its last ceremony, kept where its
 * key is kept (FILE.last, or where the script says).  An older file of requests
 * may be genuine, and still bring back what was withdrawn or leave out what was
 * revoked since.
 */

/*
 * May these requests be signed after what was signed last?
 *
 *	REQUESTS_OLD	ERR_DENIED: they are not newer
 *	PREVIOUS_CRL_OLD	ERR_DENIED: the CRL that the script names is not
 *			the root's last one
 *	ROOT_KEY_USED	ERR_DENIED: a new root's key is none that is new
 *	CEREMONY_MEMORY	ERR_DENIED: of a root that is there no memory is, or
 *			what lies there is none of it
 */
int run_memory_check(const struct ceremony *, const struct script_key *,
    const struct run_key *, const char *script);

/* From now on, that. */
int run_memory_write(
    const struct script_key *, const char *script, struct span transcript);

#endif
