/*
 * Fields that hold one value: texts, handles, words, numbers, times.
 */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "registry/fields_inside.h"

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
			    "must have %zu octet%s, not %zu", most,
			    text_s(most), n);
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

const char *
fields_country(struct fields *f)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *s = fields_text(f, "country", 2, 2);

	if (s != NULL && strspn(s, letters) != 2)
		fields_refuse(f, "country",
		    "must be two capital letters (ISO 3166-1), not \"%s\"", s);
	return s;
}

const char *
fields_word_of(
    struct fields *f, const char *name, const char *s, const char *words)
{
	const char *w = words;
	struct buf rule = BUF_EMPTY;
	size_t n;

	while (s != NULL && *w != '\0') {
		n = strcspn(w, "|");
		if (strlen(s) == n && memcmp(s, w, n) == 0)
			return s;
		w += n + (w[n] == '|');
	}
	if (s != NULL) {
		buf_puts(&rule, "must be ");
		text_words(&rule, words);
		buf_printf(&rule, ", not \"%.40s\"", s);
		(void)fields_fail(f, "FIELD_RULE", name, buf_str(&rule));
		buf_free(&rule);
	}
	return NULL;
}

const char *
fields_word(struct fields *f, const char *name, const char *words)
{
	return fields_word_of(f, name, fields_text(f, name, 0, 256), words);
}

const char *
fields_word_opt(struct fields *f, const char *name, const char *words)
{
	return fields_word_of(f, name, fields_text_opt(f, name, 0, 256), words);
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
