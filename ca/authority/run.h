#ifndef AUTHORITY_RUN_H
#define AUTHORITY_RUN_H

#include "authority/batch.h"

/*
 * The rows of a batch have become certificates, in the caller's transaction:
 * the register remembers runs of rows that lie one behind the other, so that
 * no row is written again.
 */
int run_store(struct authority *, const struct lot *, const struct batch *);

#endif
