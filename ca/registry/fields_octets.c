/*
 * Fields that hold octets as text, lists and objects.
 */

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "registry/fields_inside.h"

void
fields_hex(struct fields *f, const char *name, uint8_t *out, size_t n)
{
	const char *s = fields_text(f, name, 0, 4096);
	struct buf b = BUF_EMPTY;
	char rule[64];

	memset(out, 0, n);
	if (s == NULL)
		return;
	if (strlen(s) == 2 * n && strpbrk(s, "ABCDEF") == NULL &&
	    hex_decode(&b, span_str(s)) == 0)
		memcpy(out, b.p, n);
	else {
		(void)snprintf(rule, sizeof(rule),
		    "must be %zu lower-case hex digits", 2 * n);
		(void)fields_fail(f, "FIELD_RULE", name, rule);
	}
	buf_free(&b);
}

static bool
base64_of(struct fields *f, const char *name, json_t *v, size_t least,
    size_t most, struct buf *out)
{
	size_t mark = out->n;
	char rule[96];
	const char *s;

	/* Its length bounds the text's; what is inside the decoder refuses. */
	s = fields_text_of(f, name, v, 0, (most + 2) / 3 * 4);
	if (s == NULL)
		return false;
	if (base64_decode(out, span_str(s)) == -1) {
		(void)fields_fail(f, "FIELD_RULE", name,
		    "must be base64 with padding (RFC 4648 section 4)");
		return false;
	}
	if (out->n - mark < least || out->n - mark > most) {
		(void)snprintf(rule, sizeof(rule),
		    "must hold %zu to %zu octets in base64, not %zu", least,
		    most, out->n - mark);
		out->n = mark;
		(void)fields_fail(f, "FIELD_LENGTH", name, rule);
		return false;
	}
	return true;
}

void
fields_base64(struct fields *f, const char *name, size_t least, size_t most,
    struct buf *out)
{
	(void)base64_of(f, name, fields_ask(f, name, true), least, most, out);
}

bool
fields_base64_opt(struct fields *f, const char *name, size_t least, size_t most,
    struct buf *out)
{
	return base64_of(f, name, fields_ask(f, name, false), least, most, out);
}

static json_t *
array_of(
    struct fields *f, const char *name, json_t *v, size_t least, size_t most)
{
	char rule[96];

	if (v == NULL)
		return NULL;
	if (!json_is_array(v)) {
		(void)fields_fail(f, "FIELD_TYPE", name, "must be an array");
		return NULL;
	}
	if (json_array_size(v) < least || json_array_size(v) > most) {
		if (least == most)
			(void)snprintf(rule, sizeof(rule),
			    "must have %zu entr%s, not %zu", most,
			    most == 1 ? "y" : "ies", json_array_size(v));
		else
			(void)snprintf(rule, sizeof(rule),
			    "must have %zu to %zu entries, not %zu", least,
			    most, json_array_size(v));
		(void)fields_fail(f, "FIELD_LENGTH", name, rule);
		return NULL;
	}
	return v;
}

json_t *
fields_any(struct fields *f, const char *name)
{
	return fields_ask(f, name, true);
}

json_t *
fields_array(struct fields *f, const char *name, size_t least, size_t most)
{
	return array_of(f, name, fields_ask(f, name, true), least, most);
}

struct span
fields_text_whole(const struct fields *f, const json_t *text)
{
	return json_long_text(f->texts, text);
}

/* Was it put aside, and is it no longer than that?  What is in it is read by
 * whoever asks for all of it. */
static bool
is_aside(const struct fields *f, const json_t *text, size_t length)
{
	struct span whole = fields_text_whole(f, text);

	return whole.n > json_string_length(text) && whole.n <= length;
}

static json_t *
texts_of(struct fields *f, const char *name, json_t *array, size_t length)
{
	json_t *v;
	size_t i;

	json_array_foreach(array, i, v)
	{
		if (!is_aside(f, v, length) &&
		    fields_text_of(f, name, v, 1, length) == NULL)
			return NULL;
	}
	return array;
}

json_t *
fields_texts(struct fields *f, const char *name, size_t least, size_t most,
    size_t length)
{
	return texts_of(f, name, fields_array(f, name, least, most), length);
}

json_t *
fields_texts_opt(struct fields *f, const char *name, size_t most, size_t length)
{
	json_t *v = array_of(f, name, fields_ask(f, name, false), 0, most);

	return texts_of(f, name, v, length);
}

static json_t *
words_of(struct fields *f, const char *name, json_t *texts, const char *words)
{
	json_t *v;
	size_t i;

	json_array_foreach(texts, i, v)
	{
		if (fields_word_of(f, name, json_string_value(v), words) ==
		    NULL)
			return NULL;
	}
	return texts;
}

json_t *
fields_words(struct fields *f, const char *name, size_t least, size_t most,
    const char *words)
{
	return words_of(
	    f, name, fields_texts(f, name, least, most, 256), words);
}

json_t *
fields_words_opt(
    struct fields *f, const char *name, size_t most, const char *words)
{
	return words_of(f, name, fields_texts_opt(f, name, most, 256), words);
}

bool
fields_is_null(struct fields *f, const char *name)
{
	return !f->failed && json_is_null(json_object_get(f->root, name)) &&
	    fields_ask(f, name, false) != NULL;
}

static json_t *
object_of(struct fields *f, const char *name, json_t *v)
{
	if (v == NULL || json_is_object(v))
		return v;
	(void)fields_fail(f, "FIELD_TYPE", name, "must be an object");
	return NULL;
}

json_t *
fields_hashes(struct fields *f, const char *name, size_t least, size_t most)
{
	json_t *hashes, *v;
	const char *s;
	size_t i;

	hashes = least > 0 ? fields_texts(f, name, least, most, 64)
			   : fields_texts_opt(f, name, most, 64);
	json_array_foreach(hashes, i, v)
	{
		s = json_string_value(v);
		if (s == NULL || strspn(s, "0123456789abcdef") != 64 ||
		    s[64] != '\0')
			fields_refuse(f, name,
			    "must be a list of SHA-256, 64 lower-case hex "
			    "digits each");
	}
	return hashes;
}

json_t *
fields_object(struct fields *f, const char *name)
{
	return object_of(f, name, fields_ask(f, name, true));
}

json_t *
fields_object_opt(struct fields *f, const char *name)
{
	return object_of(f, name, fields_ask(f, name, false));
}
