/*
 * Legal transitions, from policy/states.txt.
 */

#include <string.h>

#include "policy/state.h"
#include "states.h"

#define NTRANSITIONS (sizeof(transitions) / sizeof(transitions[0]))

bool
policy_transition_legal(const char *entity, const char *from, const char *to)
{
	const struct transition *t;
	size_t i;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++)
		if (strcmp(t->entity, entity) == 0 &&
		    strcmp(t->from, from) == 0 && strcmp(t->to, to) == 0)
			return true;
	return false;
}

const struct transition *
policy_transition_each(size_t index)
{
	return index < NTRANSITIONS ? &transitions[index] : NULL;
}
