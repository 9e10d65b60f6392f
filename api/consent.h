#ifndef API_CONSENT_H
#define API_CONSENT_H

#include "api/question.h"

/*
 * The consent that a question shows, for check 13: read before the record is
 * asked, so that the record can be asked about it too; judged afterwards.  One
 * that cannot be read does not hold, and is no malformed question: the operator
 * that shows it may have it from another.
 */
void consent_ask(struct question *);
void consent_judge(struct question *);

/* Use it up, by the permit of that id.  0 or -1. */
int consent_use(struct question *, const char *id);

#endif
