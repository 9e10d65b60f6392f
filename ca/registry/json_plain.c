/*
 * Plain JSON (RFC 8259); what is not plain is left to the library.
 */

#include <string.h>

#include "registry/json_plain.h"

#define DEPTH_MOST  16
#define NAME_MOST   63
#define DIGITS_MOST 18

struct plain {
	const char *p, *end;
	int depth;
};

static json_t *read_value(struct plain *);

static void
skip_space(struct plain *j)
{
	while (j->p < j->end &&
	    (*j->p == ' ' || *j->p == '\n' || *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

/* This one, behind space. */
static bool
take(struct plain *j, char c)
{
	skip_space(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

/* What stands between two quotes; the first has been taken. */
static bool
take_string(struct plain *j, const char **text, size_t *n)
{
	const char *quote = memchr(j->p, '"', (size_t)(j->end - j->p)), *p;
	unsigned odd = 0;

	if (quote == NULL)
		return false;
	for (p = j->p; p < quote; p++)
		odd |= (unsigned)((unsigned char)(*p - ' ') > '~' - ' ') |
		    (unsigned)(*p == '\\');
	*text = j->p;
	*n = (size_t)(quote - j->p);
	j->p = quote + 1;
	return odd == 0;
}

static json_t *
read_string(struct plain *j)
{
	const char *text;
	size_t n;

	return take_string(j, &text, &n) ? json_stringn_nocheck(text, n) : NULL;
}

/* A member; false: it is none, or one of this name is there already. */
static bool
read_member(struct plain *j, json_t *object)
{
	char name[NAME_MOST + 1];
	const char *text;
	json_t *value;
	size_t n;

	if (!take(j, '"') || !take_string(j, &text, &n) || n > NAME_MOST ||
	    !take(j, ':'))
		return false;
	memcpy(name, text, n);
	name[n] = '\0';
	if (json_object_get(object, name) != NULL ||
	    (value = read_value(j)) == NULL)
		return false;
	return json_object_set_new_nocheck(object, name, value) == 0;
}

static bool
read_element(struct plain *j, json_t *array)
{
	json_t *value = read_value(j);

	return value != NULL && json_array_append_new(array, value) == 0;
}

/* Items of one kind up to the bracket. */
static json_t *
read_items(struct plain *j, json_t *all, char close,
    bool (*read)(struct plain *, json_t *))
{
	bool good = ++j->depth <= DEPTH_MOST;

	if (good && !take(j, close)) {
		do
			good = read(j, all);
		while (good && take(j, ','));
		good = good && take(j, close);
	}
	j->depth--;
	if (good)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *
read_integer(struct plain *j)
{
	bool minus = *j->p == '-';
	const char *digits = j->p + minus;
	json_int_t v = 0;

	for (j->p = digits; j->p < j->end && *j->p >= '0' && *j->p <= '9';
	     j->p++)
		if (j->p - digits < DIGITS_MOST)
			v = v * 10 + (*j->p - '0');
	if (j->p == digits || j->p - digits > DIGITS_MOST ||
	    (*digits == '0' && (minus || j->p - digits > 1)) ||
	    (j->p < j->end && strchr(".eE", *j->p) != NULL))
		return NULL;
	return json_integer(minus ? -v : v);
}

static json_t *
read_word(struct plain *j, const char *word, json_t *value)
{
	size_t n = strlen(word);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
		return NULL;
	j->p += n;
	return value;
}

static json_t *
read_value(struct plain *j)
{
	skip_space(j);
	if (j->p == j->end)
		return NULL;
	switch (*j->p) {
	case '"':
		j->p++;
		return read_string(j);
	case '{':
		j->p++;
		return read_items(j, json_object(), '}', read_member);
	case '[':
		j->p++;
		return read_items(j, json_array(), ']', read_element);
	case 't':
		return read_word(j, "true", json_true());
	case 'f':
		return read_word(j, "false", json_false());
	case 'n':
		return read_word(j, "null", json_null());
	default:
		return read_integer(j);
	}
}

json_t *
json_plain(struct span in)
{
	struct plain j = { (const char *)in.p, (const char *)in.p + in.n, 0 };
	json_t *value;

	/* json_loadb() takes a value that is neither for none */
	skip_space(&j);
	if (j.p == j.end || (*j.p != '{' && *j.p != '[') ||
	    (value = read_value(&j)) == NULL)
		return NULL;
	skip_space(&j);
	if (j.p == j.end)
		return value;
	json_decref(value);
	return NULL;
}
