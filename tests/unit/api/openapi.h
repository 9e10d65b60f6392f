#ifndef UNIT_API_OPENAPI_H
#define UNIT_API_OPENAPI_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/unit/test.h"

/*
 * What openapi.yaml says of an answer, and whether one is so.  The file is
 * written plainly enough (two blanks a level, one key a line) to be read by
 * lines: an operation's answers as
 *
 *	"200": { $ref: '#/components/responses/NAME' }
 *
 * and in components a response NAME that names a schema, whose members stand
 * in a line each, with their types.
 */

#define OPENAPI_LINE 1024

/* The value of "  NAME: value" at that depth, or NULL; its name too. */
static inline const char *
openapi_key(const char *line, size_t depth, char name[128])
{
	size_t n = strspn(line, " "), len;

	if (n != depth)
		return NULL;
	line += n + (line[n] == '"');
	len = strcspn(line, ":\"");
	if (len == 0 || len >= 128)
		return NULL;
	(void)snprintf(name, 128, "%.*s", (int)len, line);
	line += len + strspn(line + len, "\":");
	return line + strspn(line, " ");
}

/* Calls each for every line of the file, without its newline. */
static inline void
openapi_each(void (*each)(const char *line, void *), void *arg)
{
	FILE *f = fopen("api/openapi.yaml", "r");
	char line[OPENAPI_LINE];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		each(line, arg);
	}
	(void)fclose(f);
}

struct openapi_search {
	char top[32], group[32], first[128], second[128];
	const char *path, *method, *status; /* looked for */
	bool found, is_inline;		    /* what it has is said there */
	char response[128];
};

static inline void
openapi_find(const char *line, void *arg)
{
	struct openapi_search *s = arg;
	char name[128];
	const char *value;

	if (line[0] != ' ')
		(void)snprintf(s->top, sizeof(s->top), "%.*s",
		    (int)strcspn(line, ":"), line);
	if (strcmp(s->top, "paths") != 0)
		return;
	if (line[2] == '/')
		(void)snprintf(s->first, sizeof(s->first), "%.*s",
		    (int)strcspn(line + 2, ":"), line + 2);
	else if (openapi_key(line, 4, name) != NULL)
		(void)snprintf(s->second, sizeof(s->second), "%s", name);
	else if ((value = openapi_key(line, 8, name)) != NULL &&
	    line[8] == '"' && strcmp(s->first, s->path) == 0 &&
	    strcasecmp(s->second, s->method) == 0 &&
	    strcmp(name, s->status) == 0) {
		s->found = true;
		s->is_inline = strstr(value, "content:") != NULL;
		if ((value = strstr(value, "responses/")) != NULL)
			(void)snprintf(s->response, sizeof(s->response), "%.*s",
			    (int)strcspn(value + 10, "'"), value + 10);
	}
}

/* A component: what response `first` names, what schema `first` has. */
struct openapi_component {
	char top[32], group[32], name[128];
	const char *response; /* looked for; its schema is found */
	char schema[128];
	json_t *members; /* of that schema: each with its types */
};

static inline void
openapi_component(const char *line, void *arg)
{
	struct openapi_component *c = arg;
	char name[128];
	const char *value, *at;

	if (line[0] != ' ')
		(void)snprintf(c->top, sizeof(c->top), "%.*s",
		    (int)strcspn(line, ":"), line);
	if (strcmp(c->top, "components") != 0)
		return;
	if (openapi_key(line, 2, name) != NULL)
		(void)snprintf(c->group, sizeof(c->group), "%.31s", name);
	else if ((value = openapi_key(line, 4, name)) != NULL) {
		(void)snprintf(c->name, sizeof(c->name), "%s", name);
		if (strcmp(c->group, "responses") == 0 &&
		    strcmp(name, c->response) == 0 &&
		    (at = strstr(value, "schemas/")) != NULL)
			(void)snprintf(c->schema, sizeof(c->schema), "%.*s",
			    (int)strcspn(at + 8, "'"), at + 8);
	} else if ((value = openapi_key(line, 8, name)) != NULL &&
	    strcmp(c->group, "schemas") == 0 && strcmp(c->name, c->schema) == 0)
		json_object_set_new(c->members, name, json_string(value));
}

static inline bool
openapi_type_fits(const char *said, const json_t *v)
{
	const char *type = json_is_null(v) ? "null"
	    : json_is_boolean(v)	   ? "boolean"
	    : json_is_integer(v)	   ? "integer"
	    : json_is_string(v)		   ? "string"
	    : json_is_array(v)		   ? "array"
					   : "object";
	const char *types = strstr(said, "type:");
	size_t n;

	if (types == NULL) /* words, or a schema by itself */
		return !json_is_null(v);
	types += 5 + strspn(types + 5, " ");
	n = *types == '[' ? strcspn(types, "]") : strcspn(types, ",}");
	return memmem(types, n, type, strlen(type)) != NULL;
}

/* Is each member of the object one of the schema's, with its type? */
static inline int
openapi_members(const struct openapi_component *c, const json_t *o,
    const char *method, const char *path)
{
	const char *name, *said;
	json_t *v;
	int n = 0;

	json_object_foreach((json_t *)o, name, v)
	{
		said = json_string_value(json_object_get(c->members, name));
		if (said == NULL || !openapi_type_fits(said, v))
			n++,
			    print_error("api/openapi.yaml: %s lacks %s, or "
					"its type (%s %s)\n",
				c->schema, name, method, path);
	}
	return n;
}

/* The same of what is on a list, by the name behind "schemas/". */
static inline int
openapi_items(
    const char *said, const json_t *list, const char *method, const char *path)
{
	struct openapi_component c = { .response = "" };
	json_t *o;
	size_t i;
	int n = 0;

	(void)snprintf(
	    c.schema, sizeof(c.schema), "%.*s", (int)strcspn(said, "'"), said);
	c.members = json_object();
	openapi_each(openapi_component, &c);
	json_array_foreach(list, i, o)
	{
		if (json_is_object(o))
			n += openapi_members(&c, o, method, path);
	}
	json_decref(c.members);
	return n;
}

/*
 * Is the answer described: its status, and, if it is JSON, each of its members
 * with its type?  What is not is printed; how much, is returned.
 */
static inline int
openapi_breaches(
    const char *method, const char *path, int status, const json_t *answer)
{
	char code[8];
	struct openapi_search s = {
		.path = path, .method = method, .status = code
	};
	struct openapi_component c = { .response = s.response };
	const char *name, *said;
	json_t *v;
	int n = 0;

	(void)snprintf(code, sizeof(code), "%d", status);
	openapi_each(openapi_find, &s);
	if (!s.found) {
		print_error("api/openapi.yaml: %s %s answers %d\n", method,
		    path, status);
		return 1;
	}
	if (s.is_inline)
		return 0;
	c.members = json_object();
	openapi_each(openapi_component, &c); /* responses stand before */
	if (json_object_size(c.members) == 0)
		n++,
		    print_error(
			"api/openapi.yaml: no schema of %s\n", s.response);
	n += openapi_members(&c, answer, method, path);
	json_object_foreach((json_t *)answer, name, v)
	{
		said = json_string_value(json_object_get(c.members, name));
		if (said != NULL && json_is_array(v) &&
		    (said = strstr(said, "schemas/")) != NULL)
			n += openapi_items(said + 8, v, method, path);
	}
	json_decref(c.members);
	return n;
}

#endif
