/*
 * Canonical JSON, RFC 8785.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "policy/canon.h"

#define INTEGER_MOST INT64_C(9007199254740991) /* 2^53 - 1 */
#define DEPTH_MOST   32

static int write_value(struct buf *, const json_t *, int);

/* RFC 8785 section 3.2.2.2 */
static void
write_string(struct buf *out, const char *s, size_t n)
{
	static const char plain[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
	const char *p;
	size_t i, from = 0;

	buf_putc(out, '"');
	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')
			continue;
		buf_put(out, s + from, i - from);
		from = i + 1;
		if (s[i] != '\0' && (p = strchr(plain, s[i])) != NULL)
			buf_printf(out, "\\%c", letter[p - plain]);
		else
			buf_printf(out, "\\u%04x", (unsigned char)s[i]);
	}
	buf_put(out, s + from, n - from);
	buf_putc(out, '"');
}

static int
write_integer(struct buf *out, json_int_t v)
{
	if (v > INTEGER_MOST || v < -INTEGER_MOST)
		return err_set(ERR_INPUT,
		    "a number is beyond +-(2^53 - 1) (RFC 8785 section "
		    "3.2.2.3)");
	buf_printf(out, "%" PRId64, (int64_t)v);
	return 0;
}

/*
 * The order of UTF-16 (RFC 8785 section 3.2.3) is that of the octets of UTF-8,
 * but that what is written as two surrogates, and begins with F0 to F4 here,
 * comes before U+E000 to U+FFFF, which begin with EE and EF.
 */
static int
weight(unsigned char c)
{
	return c >= 0xf0 ? c - 2 : c >= 0xee ? c + 5 : c;
}

struct member {
	const char *name;
	const json_t *value;
};

static int
compare_members(const void *a, const void *b)
{
	const char *x = ((const struct member *)a)->name;
	const char *y = ((const struct member *)b)->name;

	while (*x != '\0' && *x == *y) {
		x++;
		y++;
	}
	return weight((unsigned char)*x) - weight((unsigned char)*y);
}

static int
write_object(struct buf *out, const json_t *object, int depth)
{
	size_t i, n = json_object_size(object);
	struct member *members = xcalloc(n, sizeof(*members));
	json_t *o = (json_t *)(uintptr_t)object;
	const char *name;
	json_t *value;
	int rc = 0;

	i = 0;
	json_object_foreach(o, name, value)
	{
		members[i].name = name;
		members[i++].value = value;
	}
	qsort(members, n, sizeof(*members), compare_members);
	buf_putc(out, '{');
	for (i = 0; i < n && rc == 0; i++) {
		if (i > 0)
			buf_putc(out, ',');
		write_string(out, members[i].name, strlen(members[i].name));
		buf_putc(out, ':');
		rc = write_value(out, members[i].value, depth + 1);
	}
	buf_putc(out, '}');
	free(members);
	return rc;
}

static int
write_array(struct buf *out, const json_t *array, int depth)
{
	size_t i;

	buf_putc(out, '[');
	for (i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			buf_putc(out, ',');
		if (write_value(out, json_array_get(array, i), depth + 1) == -1)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

static int
write_value(struct buf *out, const json_t *v, int depth)
{
	if (depth > DEPTH_MOST)
		return err_set(ERR_INPUT, "JSON deeper than %d", DEPTH_MOST);
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return write_object(out, v, depth);
	case JSON_ARRAY:
		return write_array(out, v, depth);
	case JSON_STRING:
		write_string(out, json_string_value(v), json_string_length(v));
		return 0;
	case JSON_INTEGER:
		return write_integer(out, json_integer_value(v));
	case JSON_TRUE:
		buf_puts(out, "true");
		return 0;
	case JSON_FALSE:
		buf_puts(out, "false");
		return 0;
	case JSON_NULL:
		buf_puts(out, "null");
		return 0;
	case JSON_REAL:
		break;
	}
	return err_set(ERR_INPUT,
	    "a number is no integer: fractions are not "
	    "taken here");
}

void
canon_write_text(struct buf *out, const char *text)
{
	write_string(out, text, strlen(text));
}

int
canon_write(struct buf *out, const json_t *v)
{
	size_t mark = out->n;

	if (write_value(out, v, 0) == 0)
		return 0;
	out->n = mark;
	return -1;
}
