/*
 * Tables for spreadsheets.
 */

#include <string.h>

#include "api/cli/csv.h"
#include "base/err.h"

void
csv_open(struct csv *c, struct span text)
{
	size_t n;

	*c = (struct csv){ .rest = text, .separator = ',' };
	if (text.n >= 3 && memcmp(text.p, CSV_MARK, 3) == 0)
		c->rest = span_of(text.p + 3, text.n - 3);
	for (n = 0; n < c->rest.n && c->rest.p[n] != '\n'; n++)
		if (c->rest.p[n] == ',' || c->rest.p[n] == ';') {
			c->separator = (char)c->rest.p[n];
			break;
		}
}

void
csv_free(struct csv *c)
{
	buf_free(&c->text);
}

/* What ends a cell, beside its separator and '\n'. */
enum { END = -1, BAD = -2 };

static int
bad(const struct csv *c, const char *why)
{
	(void)err_set(ERR_INPUT, "row %zu of the table: %s", c->row, why);
	return BAD;
}

/* The next octet, or END. */
static int
take(struct csv *c)
{
	int o;

	if (c->rest.n == 0)
		return END;
	o = c->rest.p[0];
	c->rest = span_of(c->rest.p + 1, c->rest.n - 1);
	return o;
}

/* What stands in quotes; the first of them is taken. */
static int
read_quoted(struct csv *c)
{
	int o;

	while ((o = take(c)) != END) {
		if (o == '\0')
			return bad(c, "a NUL in a cell");
		if (o == '"') {
			if (c->rest.n == 0 || c->rest.p[0] != '"')
				return take(c);
			(void)take(c);
		}
		buf_putc(&c->text, (char)o);
	}
	return bad(c, "a quote is not closed");
}

/* A cell into text; gives what ended it. */
static int
read_cell(struct csv *c)
{
	int o = take(c);

	if (o == '"') {
		o = read_quoted(c);
		if (o == '\r' && c->rest.n > 0 && c->rest.p[0] == '\n')
			o = take(c);
		if (o >= 0 && o != c->separator && o != '\n')
			return bad(c, "something follows a quote");
	} else
		for (; o != END && o != c->separator && o != '\n';
		     o = take(c)) {
			if (o == '\0' || o == '"')
				return bad(c,
				    "a quote or a NUL in the middle of a cell");
			if (o != '\r' || c->rest.n == 0 || c->rest.p[0] != '\n')
				buf_putc(&c->text, (char)o);
		}
	buf_putc(&c->text, '\0');
	return o;
}

static int
read_row(struct csv *c)
{
	size_t at[CSV_CELLS_MOST], i;
	int ended;

	buf_clear(&c->text);
	c->n = 0;
	c->row++;
	do {
		at[c->n++] = c->text.n;
		ended = read_cell(c);
		if (ended == c->separator && c->n == CSV_CELLS_MOST)
			ended = bad(c, "it has more than 32 cells");
		if (ended == BAD)
			return -1;
	} while (ended == c->separator);
	for (i = 0; i < c->n; i++)
		c->cells[i] = (const char *)c->text.p + at[i];
	return 1;
}

int
csv_read(struct csv *c)
{
	int rc;

	while (c->rest.n > 0)
		if ((rc = read_row(c)) == -1 || c->n > 1 ||
		    c->cells[0][0] != '\0')
			return rc;
	return 0;
}

/* In ASCII, or at full width, which some take for the same. */
static bool
begins_formula(const char *text)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0" };
	size_t i;

	if (*text != '\0' && strchr("=+-@", *text) != NULL)
		return true;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	return false;
}

/*
 * Where a cell may begin for whoever parts them otherwise than we do: for them
 * our quotes are letters like any.
 */
static bool
may_begin_cell(const char *text, const char *at)
{
	if (at > text)
		return strchr(",;\t\r\n", at[-1]) != NULL &&
		    begins_formula(at + strspn(at, " "));
	return (*at != '\0' && strchr("\t\r\n", *at) != NULL) ||
	    begins_formula(at + strspn(at, " \t\r\n"));
}

void
csv_put(struct buf *out, const char *text, char before)
{
	bool quoted =
	    may_begin_cell(text, text) || strpbrk(text, ",;\"\t\r\n") != NULL;
	size_t blank = strspn(text, " \t\r\n");
	const char *at;

	if (before != '\0')
		buf_putc(out, before);
	if (!quoted) {
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '"');
	for (at = text; *at != '\0'; at++) {
		/* blanks in front have theirs before them */
		if ((at == text || at > text + blank) &&
		    may_begin_cell(text, at))
			buf_putc(out, '\'');
		if (*at == '"')
			buf_putc(out, '"');
		buf_putc(out, *at);
	}
	buf_putc(out, '"');
}
