#ifndef API_DECISION_FOLLOW_H
#define API_DECISION_FOLLOW_H

#include "api/consent.h"

/*
 * What follows from the verdict of a decision that was just recorded under
 * that id: a device goes into service, a consent is
 * used up, a clone is an incident.  0, or -1; then
 * the decision is not given either.
 */
int decision_follow(struct question *, const char *id);

/*
 * The same for one of many, whose questions are forgotten by then.  Ids of
 * devices; 0: none.
 */
struct decision_follows {
	int64_t serve[2]; /* they go into service */
	int64_t clone[2]; /* a TrE, and the terminal in which it signed too */
	int64_t rewound;  /* a TrE whose TPM's counters went back */
	struct consent_use consent;
};

void decision_follows(const struct question *, struct decision_follows *);
int decision_follow_clone(
    struct db *, const struct decision_follows *, const char *id);
/* n devices, ids of 0 among them. */
int decision_follow_serve(struct db *, const int64_t *devices, size_t n);

#endif
