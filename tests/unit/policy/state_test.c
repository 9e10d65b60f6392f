/*
 * The table of legal transitions, as C sees it.
 */

#include "../test.h"

#include <stdbool.h>
#include <string.h>

#include "policy/state.h"

static bool
is_legal(const char *entity, const char *from, const char *to)
{
	const struct transition *t;
	size_t i;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++)
		if (strcmp(t->entity, entity) == 0 &&
		    strcmp(t->from, from) == 0 && strcmp(t->to, to) == 0)
			return true;
	return false;
}

static void
knows_what_is_legal(void **state)
{
	(void)state;
	assert_true(is_legal("coc", "proposed", "certified"));
	assert_true(is_legal("coc", "", "proposed"));
	assert_true(is_legal("site_scope", "full", "full"));
}

static void
refuses_what_is_not(void **state)
{
	(void)state;
	assert_false(is_legal("coc", "withdrawn", "certified"));
	assert_false(is_legal("coc", "", "certified"));
	assert_false(is_legal("coc", "-", "proposed"));
	assert_false(is_legal("nothing", "", "active"));
}

static bool
leads_on(const char *entity, const char *to)
{
	const struct transition *t;
	size_t i;

	for (i = 0; (t = policy_transition_each(i)) != NULL; i++)
		if (strcmp(t->entity, entity) == 0 && strcmp(t->from, to) == 0)
			return true;
	return false;
}

static void
what_is_final_has_no_way_out(void **state)
{
	static const struct transition final[] = {
		{ "organisation", "terminated", NULL },
		{ "principal", "removed", NULL },
		{ "coc", "withdrawn", NULL },
		{ "certificate", "revoked", NULL },
		{ "index_range", "void", NULL },
		{ "device", "stolen", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		assert_false(leads_on(final[i].entity, final[i].from));
}

static void
every_entity_has_a_beginning(void **state)
{
	const struct transition *t, *u;
	size_t i, j;
	bool begins;

	(void)state;
	for (i = 0; (t = policy_transition_each(i)) != NULL; i++) {
		begins = false;
		for (j = 0; (u = policy_transition_each(j)) != NULL; j++)
			if (strcmp(t->entity, u->entity) == 0 &&
			    u->from[0] == '\0')
				begins = true;
		assert_true(begins);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_legal),
		cmocka_unit_test(refuses_what_is_not),
		cmocka_unit_test(what_is_final_has_no_way_out),
		cmocka_unit_test(every_entity_has_a_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
