/*
 * Every rule set under policy/rulesets has the form that its README says.
 */

#include "tests/unit/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"

#define FOLDER "policy/rulesets"

static int
is_json(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && strcmp(e->d_name + n - 5, ".json") == 0;
}

/* Run the check over every document. */
static void
each(void (*check)(json_t *, const char *))
{
	struct dirent **names;
	int i, n = scandir(FOLDER, &names, is_json, alphasort);
	json_t *set;
	char *path;

	assert_true(n >= 3);
	for (i = 0; i < n; i++) {
		path = xasprintf("%s/%s", FOLDER, names[i]->d_name);
		set = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(set);
		check(set, names[i]->d_name);
		json_decref(set);
		free(path);
		free(names[i]);
	}
	free(names);
}

static const char *
text(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	assert_non_null(s);
	assert_true(strlen(s) > 0);
	return s;
}

static void
check_name(json_t *set, const char *file)
{
	static const char *const kinds[] = { "hardware_platform", "tre",
		"terminal" };
	char name[100];
	bool known = false;
	size_t i;

	(void)snprintf(name, sizeof(name), "%s-%d.json", text(set, "ruleset"),
	    (int)json_integer_value(json_object_get(set, "version")));
	assert_string_equal(name, file);
	for (i = 0; i < 3; i++)
		known |= strcmp(text(set, "applies_to"), kinds[i]) == 0;
	assert_true(known);
	(void)text(set, "title");
	(void)text(set, "aim");
	for (i = 1; i <= 4; i++) {
		(void)snprintf(name, sizeof(name), "%zu", i);
		(void)text(json_object_get(set, "levels"), name);
	}
}

static void
names_itself_as_its_file_does(void **state)
{
	(void)state;
	each(check_name);
}

/* Levels go from one upwards to 4: a higher level never needs less. */
static void
check_levels(json_t *rule)
{
	json_t *levels = json_object_get(rule, "levels");
	size_t i, n = json_array_size(levels);

	assert_in_range(n, 1, 4);
	for (i = 0; i < n; i++)
		assert_int_equal(
		    json_integer_value(json_array_get(levels, i)), 5 - n + i);
}

static void
check_rule(json_t *rule, const char *group, json_t *seen)
{
	static const char *const known[] = { "id", "title", "text", "levels",
		"evidence", "not_applicable_when" };
	const char *id = text(rule, "id"), *name;
	bool is_known;
	json_t *v;
	size_t i, n = strlen(group);

	assert_int_equal(strncmp(id, group, n), 0);
	assert_int_equal(id[n], '-');
	assert_true(atoi(id + n + 1) >= 1);
	assert_null(json_object_get(seen, id));
	json_object_set_new(seen, id, json_true());
	(void)text(rule, "title");
	assert_non_null(strstr(text(rule, "text"), " shall "));
	(void)text(rule, "evidence");
	check_levels(rule);
	json_object_foreach(rule, name, v)
	{
		is_known = false;
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |= strcmp(name, known[i]) == 0;
		assert_true(is_known);
	}
}

static void
check_rules(json_t *set, const char *file)
{
	json_t *seen = json_object(), *group, *rule;
	size_t i, j;

	(void)file;
	json_array_foreach(json_object_get(set, "groups"), i, group)
	{
		(void)text(group, "name");
		(void)text(group, "aim");
		json_array_foreach(json_object_get(group, "rules"), j, rule)
		    check_rule(rule, text(group, "id"), seen);
		assert_true(j > 0);
	}
	assert_true(json_object_size(seen) >= 12);
	json_decref(seen);
}

static void
has_rules_that_can_be_applied(void **state)
{
	(void)state;
	each(check_rules);
}

static void
tre_rules_cover_the_groups_of_the_domain(void **state)
{
	static const char *const groups[] = { "Secure execution",
		"Secure storage", "Secure boot", "Physical protection",
		"Tamper resistance", "Environment", "Key generation",
		"Life cycle" };
	json_t *set, *list;
	size_t i;

	(void)state;
	set = json_load_file(FOLDER "/tre-robustness-1.json", 0, NULL);
	list = json_object_get(set, "groups");
	assert_int_equal(json_array_size(list), 8);
	for (i = 0; i < 8; i++)
		assert_string_equal(
		    text(json_array_get(list, i), "name"), groups[i]);
	json_decref(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_itself_as_its_file_does),
		cmocka_unit_test(has_rules_that_can_be_applied),
		cmocka_unit_test(tre_rules_cover_the_groups_of_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
