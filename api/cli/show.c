/*
 * Answers for people: a record as "name  value" lines, a list as a table.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/detail.h"
#include "base/err.h"
#include "base/text.h"

#define COLUMNS_MAX 16
#define LONGEST	    200

const char *
cli_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static char *cell_of(json_t *);

/* "a, b" of a list of words, "a 1, b 2; a 3" of one of records. */
static char *
words_of(json_t *list)
{
	struct buf out = BUF_EMPTY;
	json_t *v;
	char *s;
	size_t i;

	json_array_foreach(list, i, v)
	{
		s = cell_of(v);
		buf_printf(&out, "%s%s",
		    i == 0		    ? ""
			: json_is_object(v) ? "; "
					    : ", ",
		    s);
		free(s);
	}
	s = xstrdup(buf_str(&out));
	buf_free(&out);
	return s;
}

/* "name value, name value" of an object of plain members; else NULL. */
static char *
members_of(json_t *o)
{
	struct buf out = BUF_EMPTY;
	const char *name;
	json_t *v;
	char *s;

	json_object_foreach(o, name, v)
	{
		if (cli_is_nothing(v))
			continue;
		if (json_is_object(v) || json_is_array(v)) {
			buf_free(&out);
			return NULL;
		}
		s = cell_of(v);
		buf_printf(&out, "%s%s %s", out.n > 0 ? ", " : "", name, s);
		free(s);
	}
	s = xstrdup(out.n > 0 ? buf_str(&out) : "-");
	buf_free(&out);
	return s;
}

/* A certificate, a JWS: lines of letters that nobody reads on a screen. */
static char *
text_of(const char *s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/=-_.";
	size_t n = strlen(s);

	if (n <= LONGEST || strspn(s, letters) != n)
		return xstrdup(s);
	return xasprintf("%.40s... (%zu letters: --json has all)", s, n);
}

/* A value on one line; what is deeper as JSON.  malloc'd. */
static char *
cell_of(json_t *v)
{
	char *s = NULL;

	if (cli_is_nothing(v))
		return xstrdup("-");
	if (json_is_string(v))
		s = text_of(json_string_value(v));
	else if (json_is_array(v))
		s = words_of(v);
	else if (json_is_object(v))
		s = members_of(v);
	if (s == NULL &&
	    (s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY)) == NULL)
		s = xstrdup("?");
	/* Nothing from a server may steer the terminal. */
	text_make_plain(s, strlen(s), false);
	return s;
}

/* Columns that a terminal needs for UTF-8 text: about one a character. */
static int
width_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		if ((*s & 0xc0) != 0x80)
			n++;
	return n;
}

static void
pad(const char *s, int width)
{
	int n = width - width_of(s);

	printf("%s%*s", s, n > 0 ? n : 0, "");
}

void
cli_show_lines(json_t *o)
{
	const char *name;
	json_t *v;
	int width = 0;
	char *s;

	json_object_foreach(o, name, v)
	{
		if (width_of(name) > width)
			width = width_of(name);
	}
	json_object_foreach(o, name, v)
	{
		s = cell_of(v);
		pad(name, width + 2);
		printf("%s\n", s);
		free(s);
	}
}

struct cli_table {
	const char *columns;
	char *names[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	size_t n;
	bool begun;
};

static void
add_column(struct cli_table *t, const char *name, size_t len)
{
	if (t->n == COLUMNS_MAX)
		return;
	t->names[t->n] = xcalloc(1, len + 1);
	memcpy(t->names[t->n], name, len);
	t->widths[t->n] = width_of(t->names[t->n]);
	t->n++;
}

static void
pick_columns(struct cli_table *t, json_t *rows, const char *columns)
{
	json_t *first, *v;
	const char *name;
	size_t n;

	while (columns != NULL && *columns != '\0') {
		n = strcspn(columns, ",");
		add_column(t, columns, n);
		columns += n + (columns[n] == ',');
	}
	if (t->n > 0)
		return;
	first = cli_in_order(json_array_get(rows, 0));
	json_object_foreach(first, name, v)
	{
		if (!json_is_object(v) && !json_is_array(v))
			add_column(t, name, strlen(name));
	}
	json_decref(first);
}

static void
show_row(struct cli_table *t, json_t *row, bool widen)
{
	size_t i;
	char *s;

	for (i = 0; i < t->n; i++) {
		s = cell_of(json_object_get(row, t->names[i]));
		if (widen) {
			if (width_of(s) > t->widths[i])
				t->widths[i] = width_of(s);
		} else if (i + 1 == t->n)
			printf("%s\n", s);
		else
			pad(s, t->widths[i] + 2);
		free(s);
	}
}

struct cli_table *
cli_table_new(const char *columns)
{
	struct cli_table *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	return t;
}

void
cli_table_free(struct cli_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->names[i]);
	free(t);
}

/* Columns are as wide as the first rows need. */
static void
begin_table(struct cli_table *t, json_t *rows)
{
	size_t i;

	pick_columns(t, rows, t->columns);
	for (i = 0; i < json_array_size(rows); i++)
		show_row(t, json_array_get(rows, i), true);
	for (i = 0; i < t->n; i++)
		pad(t->names[i], i + 1 == t->n ? 0 : t->widths[i] + 2);
	printf("\n");
}

void
cli_table_put(struct cli_table *t, json_t *rows)
{
	size_t i;
	char *s;

	if (json_array_size(rows) == 0) {
		if (!t->begun)
			printf("none\n");
		return;
	}
	if (!json_is_object(json_array_get(rows, 0))) {
		for (i = 0; i < json_array_size(rows); i++) {
			s = cell_of(json_array_get(rows, i));
			printf("%s\n", s);
			free(s);
		}
		return;
	}
	if (!t->begun)
		begin_table(t, rows);
	t->begun = true;
	for (i = 0; i < json_array_size(rows); i++)
		show_row(t, json_array_get(rows, i), false);
}

void
cli_show_table(json_t *rows, const char *columns)
{
	struct cli_table *t = cli_table_new(columns);

	cli_table_put(t, rows);
	cli_table_free(t);
}

/* The list in {"items": [...], "next": ...}. */
static json_t *
only_list(json_t *o)
{
	json_t *list = NULL;
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v)
	{
		if (strcmp(name, "next") == 0)
			continue;
		if (!json_is_array(v) || list != NULL)
			return NULL;
		list = v;
	}
	return list;
}

int
cli_show(struct cli *cli, json_t *v, const char *columns)
{
	json_t *list;

	if (v == NULL)
		return -1;
	if (cli->json) {
		(void)json_dumpf(v, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		printf("\n");
	} else if (cli->quiet) {
		;
	} else if (json_is_array(v))
		cli_show_table(v, columns);
	else if (json_is_object(v)) {
		if ((list = only_list(v)) != NULL)
			cli_show_table(list, columns);
		else
			cli_show_record(v);
	} else {
		char *s = cell_of(v);

		printf("%s\n", s);
		free(s);
	}
	json_decref(v);
	return CLI_OK;
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->json || cli->quiet)
		return;
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}
