/*
 * A JSON object from outside, read strictly: getters remember the first
 * failure, fields_end() tells it and refuses what nobody asked for.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "policy/never.h"
#include "registry/fields_inside.h"

/* jansson recurses; nothing of ours nests deeper. */
static bool
too_deep(struct span s)
{
	size_t i, depth = 0;
	bool text = false;

	for (i = 0; i < s.n; i++) {
		if (text) {
			if (s.p[i] == '\\')
				i++;
			else if (s.p[i] == '"')
				text = false;
		} else if (s.p[i] == '"')
			text = true;
		else if (s.p[i] == '{' || s.p[i] == '[') {
			if (++depth > FIELDS_DEPTH_MAX)
				return true;
		} else if ((s.p[i] == '}' || s.p[i] == ']') && depth > 0)
			depth--;
	}
	return false;
}

static void
malformed(struct fields *f, const char *why)
{
	f->failed = true;
	err_set_code(
	    ERR_INPUT, "JSON_MALFORMED", "the body is refused: %s", why);
}

static void
read_json(struct fields *f, struct span json, size_t flags)
{
	json_error_t why;

	*f = (struct fields){ .where = "" };
	if (json.n == 0) {
		malformed(f, "it is empty; a JSON object is wanted");
		return;
	}
	if (too_deep(json)) {
		malformed(f, "it nests deeper than 16 levels");
		return;
	}
	f->root = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES | flags, &why);
	if (f->root == NULL) {
		f->failed = true;
		err_set_code(ERR_INPUT, "JSON_MALFORMED",
		    "the body is no JSON that can be read: %s (line %d, column "
		    "%d)",
		    why.text, why.line, why.column);
	} else if (!json_is_object(f->root))
		malformed(f, "it must be a JSON object");
}

void
fields_open(struct fields *f, struct span json)
{
	read_json(f, json, 0);
}

void
fields_open_long(struct fields *f, const struct json_long *l)
{
	read_json(f, buf_span(&l->json), JSON_ALLOW_NUL);
	f->texts = l;
}

void
fields_of(struct fields *f, json_t *object, const char *where)
{
	*f = (struct fields){ .root = object, .where = where };
	f->borrowed = true;
	if (object == NULL)
		f->failed = true; /* whoever got it has said why */
	else if (!json_is_object(object)) {
		f->failed = true;
		err_set_code(ERR_INPUT, "FIELD_TYPE",
		    "the field %s must be an object", where);
	}
}

int
fields_fail(
    struct fields *f, const char *code, const char *name, const char *rule)
{
	if (f->failed)
		return -1;
	f->failed = true;
	return err_set_code(ERR_INPUT, code, "the field %s%s%s %s", f->where,
	    f->where[0] != '\0' ? "." : "", name, rule);
}

void
fields_refuse(struct fields *f, const char *name, const char *rule, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, rule);
	(void)vsnprintf(text, sizeof(text), rule, ap);
	va_end(ap);
	(void)fields_fail(f, "FIELD_RULE", name, text);
}

json_t *
fields_ask(struct fields *f, const char *name, bool required)
{
	json_t *v;

	if (f->failed)
		return NULL;
	if (f->nasked == FIELDS_COUNT_MAX) {
		f->failed = true;
		err_set(ERR_INTERNAL, "too many fields are asked for");
		return NULL;
	}
	f->asked[f->nasked++] = name;
	v = json_object_get(f->root, name);
	if (v == NULL && required)
		(void)fields_fail(f, "FIELD_MISSING", name, "is missing");
	return v;
}

static bool
was_asked(const struct fields *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->nasked; i++)
		if (strcmp(f->asked[i], name) == 0)
			return true;
	return false;
}

int
fields_end(struct fields *f)
{
	const char *name;
	json_t *v;
	char shown[72];

	if (f->failed)
		return -1;
	json_object_foreach(f->root, name, v)
	{
		if (was_asked(f, name))
			continue;
		(void)snprintf(shown, sizeof(shown), "\"%.64s\"", name);
		if (never_refuse(never_name(span_str(name)), shown) == -1)
			return -1;
		return fields_fail(
		    f, "FIELD_UNKNOWN", shown, "is not known here");
	}
	return 0;
}

void
fields_free(struct fields *f)
{
	if (!f->borrowed)
		json_decref(f->root);
	f->root = NULL;
}
