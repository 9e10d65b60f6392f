#ifndef API_DECISION_H
#define API_DECISION_H

#include "api/request.h"
#include "registry/instance.h"

/* Once for the process: the receipt key and our CAs. */
int decision_open(const struct instance *);
void decision_close(void);

/*
 * Whose decisions the caller may read: an operator's organisation, its own; 0
 * for the body's people, who see all.
 */
int64_t decision_reader(const struct request *);

#endif
