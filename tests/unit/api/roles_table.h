#ifndef UNIT_API_ROLES_TABLE_H
#define UNIT_API_ROLES_TABLE_H

/*
 * What policy/roles.txt and policy/states.txt say of a route.
 *
 * A line that is missing or wrong is printed as it should be; the test goes on,
 * so that all are seen at once.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/routes.h"
#include "policy/role.h"
#include "policy/state.h"

#define TABLE_FUNCTION __attribute__((unused)) static

#define EACH_ROUTE(r)                                                          \
	for (const struct route *const *table_ = api_routes; *table_ != NULL;  \
	     table_++)                                                         \
		for (r = *table_; r->path != NULL; r++)

static int nwrong; /* lines so far */

TABLE_FUNCTION void __attribute__((format(printf, 1, 2)))
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	nwrong++;
}

TABLE_FUNCTION const struct role_rule *
rule_of(const char *method, const char *what)
{
	const struct role_rule *rule;
	size_t i;

	for (i = 0; (rule = policy_role_each(i)) != NULL; i++)
		if (strcmp(rule->method, method) == 0 &&
		    strcmp(rule->what, what) == 0)
			return rule;
	return NULL;
}

/* Each state of the entity, from the table of transitions, once. */
TABLE_FUNCTION size_t
states_of(const char *entity, const char *states[32])
{
	const struct transition *t;
	size_t i, j, n = 0;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++) {
		if (strcmp(t->entity, entity) != 0)
			continue;
		for (j = 0; j < n && strcmp(states[j], t->to) != 0; j++)
			;
		if (j == n && n < 32)
			states[n++] = t->to;
	}
	return n;
}

#endif
