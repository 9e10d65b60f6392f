/*
 * YAML as JSON: the events of libyaml's parser, one after another.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/err.h"
#include "ceremony/yaml.h"

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	unsigned depth;
};

static json_t *read_node(struct reader *);

static int
refuse(const struct reader *r, const char *why)
{
	return err_set_code(ERR_INPUT, "YAML_REFUSED", "line %zu: %s",
	    r->event.start_mark.line + 1, why);
}

static int
next(struct reader *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
	if (r->has_event)
		return 0;
	return err_set_code(ERR_INPUT, "YAML_REFUSED", "line %zu: %s",
	    r->parser.problem_mark.line + 1,
	    r->parser.problem != NULL ? r->parser.problem : "is no YAML");
}

/* The next event must be of that kind. */
static int
expect(struct reader *r, yaml_event_type_t type, const char *otherwise)
{
	if (next(r) == -1)
		return -1;
	return r->event.type == type ? 0 : refuse(r, otherwise);
}

static bool
is_number(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	return n > 0 && n <= 15 && s[n] == '\0' && (s[0] != '0' || n == 1);
}

static json_t *
scalar(const struct reader *r)
{
	const char *s = (const char *)r->event.data.scalar.value;
	size_t n = r->event.data.scalar.length;
	json_t *v = NULL;

	if (r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		v = json_stringn(s, n);
	else if (n == 0 || strcmp(s, "~") == 0 || strcmp(s, "null") == 0)
		v = json_null();
	else if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		v = json_boolean(s[0] == 't');
	else
		v = is_number(s) ? json_integer(atoll(s)) : json_stringn(s, n);
	if (v == NULL)
		(void)refuse(r, "is no UTF-8");
	return v;
}

static json_t *
sequence(struct reader *r)
{
	json_t *list = json_array(), *v;

	while (next(r) == 0) {
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return list;
		if ((v = read_node(r)) == NULL)
			break;
		json_array_append_new(list, v);
	}
	json_decref(list);
	return NULL;
}

/* The key that the current event is, and the value behind it. */
static int
pair(struct reader *r, json_t *object)
{
	char *key;
	json_t *v;
	int rc = -1;

	if (r->event.type != YAML_SCALAR_EVENT ||
	    r->event.data.scalar.anchor != NULL ||
	    r->event.data.scalar.tag != NULL ||
	    strlen((const char *)r->event.data.scalar.value) !=
		r->event.data.scalar.length)
		return refuse(r, "a key must be plain text");
	key = xstrdup((const char *)r->event.data.scalar.value);
	if (json_object_get(object, key) != NULL)
		(void)refuse(r, "a key is there twice");
	else if (next(r) == 0 && (v = read_node(r)) != NULL) {
		rc = json_object_set_new(object, key, v);
		if (rc == -1)
			(void)refuse(r, "a key must be plain text");
	}
	free(key);
	return rc;
}

static json_t *
mapping(struct reader *r)
{
	json_t *object = json_object();

	while (next(r) == 0) {
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return object;
		if (pair(r, object) == -1)
			break;
	}
	json_decref(object);
	return NULL;
}

static bool
has_anchor_or_tag(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor != NULL ||
		    e->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor != NULL ||
		    e->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor != NULL ||
		    e->data.mapping_start.tag != NULL;
	default:
		return true; /* an alias */
	}
}

/* What the current event begins. */
static json_t *
read_node(struct reader *r)
{
	json_t *v;

	if (has_anchor_or_tag(&r->event)) {
		(void)refuse(r, "anchors, aliases and tags are not taken");
		return NULL;
	}
	if (r->event.type == YAML_SCALAR_EVENT)
		return scalar(r);
	if (r->depth == YAML_DEPTH_MAX) {
		(void)refuse(r, "it nests too deep");
		return NULL;
	}
	r->depth++;
	v = r->event.type == YAML_MAPPING_START_EVENT ? mapping(r)
						      : sequence(r);
	r->depth--;
	return v;
}

static json_t *
document(struct reader *r)
{
	json_t *v;

	if (expect(r, YAML_STREAM_START_EVENT, "is no YAML") == -1 ||
	    expect(r, YAML_DOCUMENT_START_EVENT, "it is empty") == -1)
		return NULL;
	if (r->event.data.document_start.version_directive != NULL ||
	    r->event.data.document_start.tag_directives.start !=
		r->event.data.document_start.tag_directives.end) {
		(void)refuse(r, "directives are not taken");
		return NULL;
	}
	if (next(r) == -1 || (v = read_node(r)) == NULL)
		return NULL;
	if (expect(r, YAML_DOCUMENT_END_EVENT, "is no YAML") == 0 &&
	    expect(r, YAML_STREAM_END_EVENT,
		"a second document is not taken") == 0)
		return v;
	json_decref(v);
	return NULL;
}

json_t *
yaml_read(struct span text)
{
	struct reader r;
	json_t *v;

	memset(&r, 0, sizeof(r));
	if (yaml_parser_initialize(&r.parser) != 1) {
		(void)err_set(ERR_INTERNAL, "libyaml does not start");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, text.p, text.n);
	v = document(&r);
	if (r.has_event)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return v;
}
