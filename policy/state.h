#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include <stddef.h>

/*
 * Which entity may go from which state to which: policy/states.txt, from which
 * the migrator fills the database's table too.
 */
struct transition {
	const char *entity;
	const char *from; /* "": it did not exist */
	const char *to;
};

/* Each of them: index from 0; NULL past the last. */
const struct transition *policy_transition_each(size_t index);

#endif
