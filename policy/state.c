/*
 * Legal transitions, from policy/states.txt.
 */

#include "policy/state.h"
#include "states.h"

#define NTRANSITIONS (sizeof(transitions) / sizeof(transitions[0]))

const struct transition *
policy_transition_each(size_t index)
{
	return index < NTRANSITIONS ? &transitions[index] : NULL;
}
