/*
 * openapi.yaml describes every route that exists, and none that does not: its
 * method, its summary, its roles, whether it is signed.  The file is written
 * plainly enough (two blanks a level, one key a line) to be read by lines.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "api/role.h"
#include "api/routes.h"
#include "tests/unit/api/openapi.h"

#define LINE_MOST 1024

struct operation {
	char method[8], path[128], summary[256], roles[128];
	bool is_signed;
};

static struct operation operations[256];
static int noperations;

/* "  /v1/sites:" and "    post:" and "      x-roles: [officer, reader]" */
static void
read_line(const char *line, char path[128])
{
	struct operation *o = &operations[noperations];
	char word[128];

	if (sscanf(line, "  /%127[^:]:", word) == 1 && line[2] == '/')
		(void)snprintf(path, 128, "/%.126s", word);
	else if (strncmp(line, "    ", 4) == 0 &&
	    sscanf(line + 4, "%7[a-z]:", word) == 1 && line[4] != ' ' &&
	    strstr("get: put: post: delete:", line + 4) != NULL) {
		o = &operations[++noperations];
		assert_true(noperations < 255);
		(void)snprintf(o->method, sizeof(o->method), "%.7s", word);
		(void)snprintf(o->path, sizeof(o->path), "%s", path);
	} else if (sscanf(line, "      summary: \"%255[^\"]", o->summary) ==
		1 ||
	    sscanf(line, "      x-roles: [%127[^]]", o->roles) == 1)
		return;
	else if (strcmp(line, "      x-signed: true") == 0)
		o->is_signed = true;
}

static int
read_openapi(void **state)
{
	char line[LINE_MOST], path[128] = "";
	FILE *f = fopen("api/openapi.yaml", "r");
	bool in_paths = false;

	(void)state;
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != ' ')
			in_paths = strcmp(line, "paths:") == 0;
		else if (in_paths)
			read_line(line, path);
	}
	(void)fclose(f);
	return 0;
}

static const struct operation *
described(const char *method, const char *path)
{
	int i;

	for (i = 1; i <= noperations; i++)
		if (strcasecmp(operations[i].method, method) == 0 &&
		    strcmp(operations[i].path, path) == 0)
			return &operations[i];
	return NULL;
}

/* "officer, decider or security" as the file has it: all commas */
static const char *
roles_of(const struct route *r)
{
	static char text[ROLE_TEXT_MAX];
	char *last;

	if (r->flags & ROUTE_PUBLIC)
		return "";
	(void)role_write(r->roles, text);
	if ((last = strstr(text, " or ")) != NULL) {
		*last = ',';
		memmove(last + 1, last + 3, strlen(last + 3) + 1);
	}
	return text;
}

static void
every_route_is_described(void **state)
{
	const struct operation *o;
	const struct route *r;
	size_t i;

	(void)state;
	for (i = 0; api_routes[i] != NULL; i++) {
		for (r = api_routes[i]; r->path != NULL; r++) {
			o = described(method_text(r->method), r->path);
			if (o == NULL)
				fail_msg("%s %s is not in api/openapi.yaml",
				    method_text(r->method), r->path);
			assert_string_equal(o->summary, r->summary);
			assert_string_equal(o->roles, roles_of(r));
			assert_int_equal(
			    o->is_signed, (r->flags & ROUTE_SIGNED) != 0);
		}
	}
}

static bool
exists(const struct operation *o)
{
	const struct route *r;
	size_t i;

	for (i = 0; api_routes[i] != NULL; i++)
		for (r = api_routes[i]; r->path != NULL; r++)
			if (strcmp(r->path, o->path) == 0 &&
			    strcasecmp(method_text(r->method), o->method) == 0)
				return true;
	return false;
}

static void
nothing_else_is_described(void **state)
{
	int i;

	(void)state;
	assert_true(noperations > 20);
	for (i = 1; i <= noperations; i++)
		if (!exists(&operations[i]))
			fail_msg("api/openapi.yaml has %s %s, which no route "
				 "serves",
			    operations[i].method, operations[i].path);
}

/* "        "200": { $ref: '#/components/responses/NAME' }", or its own content.
 */
static void
check_answer(const char *line, void *arg)
{
	struct openapi_component c = { .schema = "" };
	char name[128], response[128] = "";
	const char *value = openapi_key(line, 8, name), *at;
	int *n = arg;

	if (value == NULL || line[8] != '"' || name[0] != '2')
		return;
	(*n)++;
	if ((at = strstr(value, "responses/")) != NULL)
		(void)snprintf(response, sizeof(response), "%.*s",
		    (int)strcspn(at + 10, "'"), at + 10);
	else if (strstr(value, "content: {") == NULL ||
	    (strstr(value, "application/json") != NULL &&
		strstr(value, "schema:") == NULL))
		fail_msg("api/openapi.yaml has an answer without a schema: %s",
		    line);
	if (at == NULL)
		return;
	c.response = response;
	c.members = json_object();
	openapi_each(openapi_component, &c);
	if (json_object_size(c.members) == 0)
		fail_msg("api/openapi.yaml has no schema of %s", response);
	json_decref(c.members);
}

/* What is not JSON says its type instead: octets, PEM, a line for each row. */
static void
every_answer_has_a_schema(void **state)
{
	int n = 0;

	(void)state;
	openapi_each(check_answer, &n);
	assert_true(n >= noperations - 1); /* serverkeygen is refused */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(nothing_else_is_described),
		cmocka_unit_test(every_answer_has_a_schema),
	};

	return cmocka_run_group_tests(tests, read_openapi, NULL);
}
