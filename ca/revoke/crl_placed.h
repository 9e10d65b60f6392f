#ifndef REVOKE_CRL_PLACED_H
#define REVOKE_CRL_PLACED_H

#include <stdint.h>

struct crl;

/* CRLs as they lie below VAR: what the world has seen, whatever the database
 * remembers. */

/*
 * The number of the one at VAR/PATH, or 0 when none is there.  A file that is
 * no CRL counts as none, and is told to the log.
 */
uint64_t crl_number_placed(const char *var, const char *path);

/* The same of a file by its whole name. */
uint64_t crl_number_of(const char *file);

/*
 * Each but deltas, in the order of their names with the root's first, with its
 * file and the issuer that its path names, till visit returns other than 0,
 * which is given back.  Nobody has looked yet whether that issuer has signed
 * it.
 */
int crl_placed_each(const char *var,
    int (*visit)(uint32_t issuer, const char *file, const struct crl *, void *),
    void *ctx);

#endif
