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

/* Of a set that extends another: that one, a new reference. */
static json_t *
base_of(json_t *set)
{
	json_t *extends = json_object_get(set, "extends"), *base;
	char *path;

	if (extends == NULL)
		return json_object();
	path = xasprintf("%s/%s-%d.json", FOLDER, text(extends, "ruleset"),
	    (int)json_integer_value(json_object_get(extends, "version")));
	base = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(base);
	assert_null(json_object_get(base, "extends"));
	assert_string_equal(text(base, "applies_to"), text(set, "applies_to"));
	free(path);
	return base;
}

/* Every rule of the set's own groups into seen. */
static void
see_rules(json_t *set, json_t *seen)
{
	json_t *group, *rule;
	size_t i, j;

	json_array_foreach(json_object_get(set, "groups"), i, group)
	{
		(void)text(group, "name");
		(void)text(group, "aim");
		json_array_foreach(json_object_get(group, "rules"), j, rule)
		    check_rule(rule, text(group, "id"), seen);
		assert_true(j > 0);
	}
}

static void
check_rules(json_t *set, const char *file)
{
	json_t *seen = json_object(), *base = base_of(set), *id;
	size_t i;

	(void)file;
	see_rules(base, seen);
	json_array_foreach(json_object_get(set, "without"), i, id)
	    assert_int_equal(json_object_del(seen, json_string_value(id)), 0);
	see_rules(set, seen);
	assert_true(json_object_size(seen) >= 12);
	json_decref(seen);
	json_decref(base);
}

static void
has_rules_that_can_be_applied(void **state)
{
	(void)state;
	each(check_rules);
}

static void
count_levels(json_t *set, int n[5])
{
	json_t *group, *rule, *level;
	size_t i, j, k;

	json_array_foreach(json_object_get(set, "groups"), i, group)
	{
		json_array_foreach(json_object_get(group, "rules"), j, rule)
		{
			json_array_foreach(
			    json_object_get(rule, "levels"), k, level)
			{
				n[json_integer_value(level)]++;
			}
		}
	}
}

static void
check_distinction(json_t *set, const char *file)
{
	json_t *base = base_of(set);
	int n[5] = { 0 }, l;

	(void)file;
	count_levels(base, n);
	count_levels(set, n);
	for (l = 1; l <= 4; l++)
		assert_true(n[l] > n[l - 1]);
	json_decref(base);
}

static void
each_level_asks_for_more_than_the_one_below(void **state)
{
	(void)state;
	each(check_distinction);
}

static void
check_requirement(json_t *set, const char *file)
{
	static const char *const whom[] = { "model", "hardware_platform",
		"site" };
	json_t *e;
	size_t i, j;

	(void)file;
	json_array_foreach(json_object_get(set, "requires"), i, e)
	{
		assert_int_equal(json_object_size(e), 3);
		assert_true(json_array_size(json_object_get(e, "schemes")) > 0);
		assert_in_range(
		    json_integer_value(json_object_get(e, "from_level")), 1, 4);
		for (j = 0; j < 3; j++)
			if (strcmp(text(e, "for"), whom[j]) == 0)
				break;
		assert_true(j < 3);
	}
}

static void
says_which_external_certificates_it_requires(void **state)
{
	(void)state;
	each(check_requirement);
}

static void
check_groups(json_t *set)
{
	static const char *const groups[] = { "Secure execution",
		"Secure storage", "Secure boot", "Physical protection",
		"Tamper resistance", "Environment", "Key generation",
		"Life cycle" };
	json_t *list = json_object_get(set, "groups");
	size_t i;

	assert_int_equal(json_array_size(list), 8);
	for (i = 0; i < 8; i++)
		assert_string_equal(
		    text(json_array_get(list, i), "name"), groups[i]);
}

/* Each kind of TrE answers a rule set which has all the groups. */
static void
every_kind_of_tre_has_rules_that_cover_the_domain(void **state)
{
	json_t *doc, *seen = json_object(), *kind, *set, *base;
	char *path;
	size_t i;

	(void)state;
	doc = json_load_file("policy/tre-kinds.json", 0, NULL);
	json_array_foreach(json_object_get(doc, "kinds"), i, kind)
	{
		assert_in_range(json_object_size(kind), 4, 5);
		(void)text(kind, "what");
		path = xasprintf("%s/%s-1.json", FOLDER, text(kind, "ruleset"));
		set = json_load_file(path, 0, NULL);
		assert_string_equal(text(set, "applies_to"), "tre");
		base = base_of(set);
		check_groups(
		    json_object_get(set, "extends") != NULL ? base : set);
		json_object_set(seen, text(kind, "ruleset"), kind);
		json_object_set(seen, text(kind, "name"), kind);
		json_decref(base);
		json_decref(set);
		free(path);
	}
	assert_int_equal(i, 5);
	assert_int_equal(json_object_size(seen), 8);
	json_decref(seen);
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_itself_as_its_file_does),
		cmocka_unit_test(has_rules_that_can_be_applied),
		cmocka_unit_test(each_level_asks_for_more_than_the_one_below),
		cmocka_unit_test(says_which_external_certificates_it_requires),
		cmocka_unit_test(
		    every_kind_of_tre_has_rules_that_cover_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
