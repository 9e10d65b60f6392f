#ifndef API_DECISION_H
#define API_DECISION_H

#include "registry/instance.h"

/* Once for the process: the receipt key and our CAs. */
int decision_open(const struct instance *);
void decision_close(void);

#endif
