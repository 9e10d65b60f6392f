/*
 * A JSON object from outside, read strictly: getters remember the first
 * failure, fields_end() tells it and refuses what nobody asked for.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
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

const char *
fields_text_of(
    struct fields *f, const char *name, json_t *v, size_t least, size_t most)
{
	const char *s;
	size_t n;
	char rule[96];

	if (v == NULL)
		return NULL;
	if (!json_is_string(v)) {
		(void)fields_fail(f, "FIELD_TYPE", name, "must be a text");
		return NULL;
	}
	s = json_string_value(v);
	n = json_string_length(v);
	if (n < least || n > most) {
		if (least == most)
			(void)snprintf(rule, sizeof(rule),
			    "must have %zu octets, not %zu", most, n);
		else
			(void)snprintf(rule, sizeof(rule),
			    "must have %zu to %zu octets, not %zu", least, most,
			    n);
		(void)fields_fail(f, "FIELD_LENGTH", name, rule);
		return NULL;
	}
	if (!text_is_plain(span_of(s, n))) {
		(void)fields_fail(f, "FIELD_RULE", name,
		    "must not have control characters in it, nor what turns "
		    "the direction of writing");
		return NULL;
	}
	return s;
}

const char *
fields_text(struct fields *f, const char *name, size_t least, size_t most)
{
	return fields_text_of(f, name, fields_ask(f, name, true), least, most);
}

const char *
fields_text_opt(struct fields *f, const char *name, size_t least, size_t most)
{
	return fields_text_of(f, name, fields_ask(f, name, false), least, most);
}

static const char *
handle_of(struct fields *f, const char *name, const char *s)
{
	size_t n;

	if (s == NULL)
		return NULL;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (s[n] != '\0' || s[0] == '-' || n < 2 || n > 40) {
		(void)fields_fail(f, "FIELD_RULE", name,
		    "must be a handle: 2 to 40 of a-z, 0-9 and -, not "
		    "beginning with -");
		return NULL;
	}
	return s;
}

const char *
fields_handle(struct fields *f, const char *name)
{
	return handle_of(f, name, fields_text(f, name, 0, 256));
}

const char *
fields_handle_opt(struct fields *f, const char *name)
{
	return handle_of(f, name, fields_text_opt(f, name, 0, 256));
}

static const char *
word_of(struct fields *f, const char *name, const char *s, const char *words)
{
	const char *w = words;
	char rule[200];
	size_t n;

	while (s != NULL && *w != '\0') {
		n = strcspn(w, "|");
		if (strlen(s) == n && memcmp(s, w, n) == 0)
			return s;
		w += n + (w[n] == '|');
	}
	if (s != NULL) {
		(void)snprintf(rule, sizeof(rule), "must be one of %s", words);
		(void)fields_fail(f, "FIELD_RULE", name, rule);
	}
	return NULL;
}

const char *
fields_word(struct fields *f, const char *name, const char *words)
{
	return word_of(f, name, fields_text(f, name, 0, 256), words);
}

const char *
fields_word_opt(struct fields *f, const char *name, const char *words)
{
	return word_of(f, name, fields_text_opt(f, name, 0, 256), words);
}

static int64_t
int_of(
    struct fields *f, const char *name, json_t *v, int64_t least, int64_t most)
{
	char rule[96];

	if (!json_is_integer(v)) {
		(void)fields_fail(
		    f, "FIELD_TYPE", name, "must be a whole number");
		return 0;
	}
	if (json_integer_value(v) < least || json_integer_value(v) > most) {
		(void)snprintf(rule, sizeof(rule), "must be from %lld to %lld",
		    (long long)least, (long long)most);
		(void)fields_fail(f, "FIELD_RULE", name, rule);
		return 0;
	}
	return json_integer_value(v);
}

int64_t
fields_int(struct fields *f, const char *name, int64_t least, int64_t most)
{
	json_t *v = fields_ask(f, name, true);

	return v == NULL ? 0 : int_of(f, name, v, least, most);
}

int64_t
fields_int_opt(struct fields *f, const char *name, int64_t least, int64_t most,
    int64_t otherwise)
{
	json_t *v = fields_ask(f, name, false);

	return v == NULL ? otherwise : int_of(f, name, v, least, most);
}

static bool
bool_of(struct fields *f, const char *name, json_t *v)
{
	if (!json_is_boolean(v))
		(void)fields_fail(
		    f, "FIELD_TYPE", name, "must be true or false");
	return json_is_true(v);
}

bool
fields_bool(struct fields *f, const char *name)
{
	json_t *v = fields_ask(f, name, true);

	return v != NULL && bool_of(f, name, v);
}

bool
fields_bool_opt(struct fields *f, const char *name, bool otherwise)
{
	json_t *v = fields_ask(f, name, false);

	return v == NULL ? otherwise : bool_of(f, name, v);
}

static int64_t
time_of(struct fields *f, const char *name, const char *s)
{
	int64_t t = 0;

	if (s != NULL && !f->failed && clock_parse(span_str(s), &t) == -1)
		(void)fields_fail(f, "FIELD_RULE", name,
		    "must be a time in UTC such as 2026-11-24T02:03:04Z (RFC "
		    "3339)");
	return t;
}

int64_t
fields_time(struct fields *f, const char *name)
{
	return time_of(f, name, fields_text(f, name, 1, 40));
}

int64_t
fields_time_opt(struct fields *f, const char *name, int64_t otherwise)
{
	const char *s = fields_text_opt(f, name, 1, 40);

	return s == NULL ? otherwise : time_of(f, name, s);
}

/* A day is right if midnight of it is a right time. */
static const char *
date_of(struct fields *f, const char *name, const char *s)
{
	char midnight[CLOCK_TEXT_MAX];
	int64_t t;

	if (s == NULL)
		return NULL;
	(void)snprintf(midnight, sizeof(midnight), "%.12sT00:00:00Z", s);
	if (strlen(s) != 10 || clock_parse(span_str(midnight), &t) == -1) {
		(void)fields_fail(
		    f, "FIELD_RULE", name, "must be a day such as 2026-11-24");
		return NULL;
	}
	return s;
}

const char *
fields_date(struct fields *f, const char *name)
{
	return date_of(f, name, fields_text(f, name, 1, 40));
}

const char *
fields_date_opt(struct fields *f, const char *name)
{
	return date_of(f, name, fields_text_opt(f, name, 1, 40));
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
