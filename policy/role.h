#ifndef POLICY_ROLE_H
#define POLICY_ROLE_H

#include <stddef.h>

/*
 * Who may do what, and when: policy/roles.txt, line by line.  Routes and the
 * database's functions have it each in their own words; a test walks every
 * role, every route and every state and holds the three together.
 *
 *	method		address	   roles	  subject	     states
 *	"act"		name	   who proposes   who approves	     who never
 *
 * Words are joined by commas; "" where there is nothing to say.
 */
struct role_rule {
	const char *method;
	const char *what;
	const char *roles;
	const char *subject;
	const char *states;
};

/* Each of them: index from 0; NULL past the last. */
const struct role_rule *policy_role_each(size_t index);

#endif
