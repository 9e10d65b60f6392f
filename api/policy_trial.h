#ifndef API_POLICY_TRIAL_H
#define API_POLICY_TRIAL_H

#include <jansson.h>

#include "db/conn.h"

/*
 * What a policy would have said to the newest decisions of its operator and
 * purpose, which keep what policies look at.  A new object:
 *
 *	policy, purpose, decisions (how many were tried)
 *	before, after	how many of each verdict
 *	reasons		how many it would have refused for each code
 *	changed		the newest 100 whose verdict would be another
 *
 * 0 or -1; ERR_ABSENT: there is no such policy that the actor may see.
 */
int policy_trial(struct db *, const char *number, int last, json_t **out);

#endif
