#ifndef NOTIFIER_STAMPER_H
#define NOTIFIER_STAMPER_H

#include "registry/instance.h"

/*
 * Has receipts stamped by the TSA of assay.cnf (tsa_url), in a process of its
 * own: a TSA that is slow or dead keeps no webhook waiting.  When that one
 * ends, so does ours, to be started again with it.  Does nothing where none is
 * configured. -1: it cannot be started.
 */
int stamper_start(const struct instance *);

#endif
