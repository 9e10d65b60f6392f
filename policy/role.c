/*
 * Who may do what, from policy/roles.txt.
 */

#include "policy/role.h"
#include "roles.h"

#define NRULES (sizeof(rules) / sizeof(rules[0]))

const struct role_rule *
policy_role_each(size_t index)
{
	return index < NRULES ? &rules[index] : NULL;
}
