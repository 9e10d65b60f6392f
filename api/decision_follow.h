#ifndef API_DECISION_FOLLOW_H
#define API_DECISION_FOLLOW_H

#include "api/question.h"

/*
 * What follows from the verdict of a decision that was just recorded under
 * that id: a device goes into service, a consent is
 * used up, a clone is an incident.  0, or -1; then
 * the decision is not given either.
 */
int decision_follow(struct question *, const char *id);

#endif
