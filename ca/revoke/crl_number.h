#ifndef REVOKE_CRL_NUMBER_H
#define REVOKE_CRL_NUMBER_H

#include <stdint.h>

/*
 * The number of the CRL that lies at VAR/PATH, or 0 when none is there: what
 * the world has seen, whatever the database remembers.  A file that is no CRL
 * counts as none, and is told to the log.
 */
uint64_t crl_number_placed(const char *var, const char *path);

#endif
