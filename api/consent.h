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

/* What a permit uses up. */
struct consent_use {
	int64_t organisation; /* that gave it; 0: there was none */
	int64_t device;
	char id[UUID_TEXT]; /* jti */
};

void consent_uses(const struct question *, struct consent_use *);
/* Use it up, by the permit of that id, which the JWS speaks for.  0 or -1. */
int consent_use(struct db *, const struct consent_use *, const char *permit,
    struct span jws);

#endif
