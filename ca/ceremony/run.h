#ifndef CEREMONY_RUN_H
#define CEREMONY_RUN_H

#include "ceremony/ceremony.h"

/*
 * A ceremony, reviewed or carried out.
 */

/*
 * What it would make, as text: with a throw-away key in place of a new one that
 * is yet to be made, and without any private key of those that are there. Signs
 * and writes nothing.
 */
int run_dry(const struct ceremony *, struct buf *text);

/*
 * Carry it out: script is its path, where relative ones begin.  What is made
 * goes into the script's results, the transcript last.  After an interruption
 * it may be run again: keys and results that are there and right stay.
 *
 *	ROOT_KEY_MISSING	ceremony.h
 *	CONFIRMATION_...	confirmation.h
 *	REQUESTS_OLD, PREVIOUS_CRL_OLD, CEREMONY_MEMORY	run_memory.h
 *	CEREMONY_DATE		ERR_DENIED: the clock is not within seven days
 *				of the script's date
 *	CEREMONY_CONFLICT	ERR_CONFLICT: something else lies there
 */
#define RUN_DAYS 7

int run_ceremony(const struct ceremony *, const char *script,
    const struct buf *confirmations, size_t n, struct buf *text);

#endif
