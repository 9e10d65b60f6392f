/*
 * Tables of devices and of verdicts.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/decide_table.h"
#include "base/err.h"
#include "base/io.h"
#include "policy/reason.h"

#define TABLE_MOST (64 * 1024 * 1024)

static const char *const names[COLUMNS] = { "tre", "terminal", "imei", "tac",
	"firmware", "consent" };

static int
take_name(struct decide_table *t, size_t at)
{
	size_t k;

	for (k = 0; k < COLUMNS; k++)
		if (strcasecmp(t->in.cells[at], names[k]) == 0)
			break;
	if (k == COLUMNS || t->column[k] != -1)
		return err_set(ERR_INPUT,
		    "the table's first row names its columns: tre, terminal, "
		    "imei, tac, firmware, consent, each once; not \"%.40s\"",
		    t->in.cells[at]);
	t->column[k] = (int)at;
	return 0;
}

static int
read_head(struct decide_table *t)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		t->column[i] = -1;
	if (csv_read(&t->in) != 1)
		return err_set(ERR_INPUT, "the table is empty");
	for (i = 0; i < t->in.n; i++)
		if (take_name(t, i) == -1)
			return -1;
	return t->column[TERMINAL] != -1
	    ? 0
	    : err_set(ERR_INPUT, "the table has no column terminal");
}

/* ---- the result */

static int
put(struct decide_table *t, struct buf *row)
{
	int rc;

	buf_puts(row, CSV_END);
	rc = fwrite(row->p, 1, row->n, t->out) == row->n
	    ? 0
	    : err_set(ERR_INTERNAL, "could not write the result: %s",
		  strerror(errno));
	buf_free(row);
	return rc;
}

static int
put_head(struct decide_table *t)
{
	static const char *const result[] = { "terminal", "verdict", "why",
		"reasons", "warnings", "decision", "batch" };
	struct buf row = BUF_EMPTY;
	size_t i;

	buf_puts(&row, CSV_MARK "tre");
	for (i = 0; i < sizeof(result) / sizeof(result[0]); i++)
		csv_put(&row, result[i], t->in.separator);
	return put(t, &row);
}

static void
put_codes(const struct decide_table *t, const json_t *codes, struct buf *row)
{
	struct buf text = BUF_EMPTY;
	const json_t *v;
	size_t i;

	json_array_foreach(codes, i, v)
	{
		if (json_is_string(v))
			buf_printf(&text, "%s%s", i > 0 ? " " : "",
			    json_string_value(v));
	}
	csv_put(row, buf_str(&text), t->in.separator);
	buf_free(&text);
}

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "";
}

/* What stands between us and it, or the primary reason, in words. */
static const char *
why_of(const struct decide_row *r, const json_t *decision)
{
	const char *first = json_string_value(
	    json_array_get(json_object_get(decision, "reasons"), 0));

	return first == NULL ? or_none(r->why)
			     : reason_get(reason_find(first))->sentence;
}

int
decide_table_put(struct decide_table *t, const struct decide_row *r,
    const char *verdict, const json_t *decision, const char *id,
    const char *batch)
{
	struct buf row = BUF_EMPTY;
	char separator = t->in.separator;

	csv_put(&row, or_none(r->cells[TRE]), '\0');
	csv_put(&row, or_none(r->cells[TERMINAL]), separator);
	csv_put(&row, verdict, separator);
	csv_put(&row, why_of(r, decision), separator);
	put_codes(t, json_object_get(decision, "reasons"), &row);
	put_codes(t, json_object_get(decision, "warnings"), &row);
	csv_put(&row, id, separator);
	csv_put(&row, batch, separator);
	return put(t, &row);
}

/* ---- both */

int
decide_table_open(struct decide_table *t, const char *path, FILE *out)
{
	size_t i;

	*t = (struct decide_table){ .out = out };
	if (io_read_file(path, TABLE_MOST, &t->text) == -1)
		return -1;
	for (i = 0; i < t->text.n; i++)
		t->lines += t->text.p[i] == '\n';
	csv_open(&t->in, buf_span(&t->text));
	return read_head(t) == 0 ? put_head(t) : -1;
}

void
decide_table_close(struct decide_table *t)
{
	csv_free(&t->in);
	buf_free(&t->text);
}

void
decide_row_free(struct decide_row *r)
{
	size_t k;

	for (k = 0; k < COLUMNS; k++)
		free(r->cells[k]);
	free(r->why);
	memset(r, 0, sizeof(*r));
}

/* What is empty is unsaid. */
static void
take_row(const struct decide_table *t, struct decide_row *r)
{
	size_t k;
	int at;

	for (k = 0; k < COLUMNS; k++) {
		at = t->column[k];
		if (at != -1 && (size_t)at < t->in.n &&
		    t->in.cells[at][0] != '\0')
			r->cells[k] = xstrdup(t->in.cells[at]);
	}
}

int
decide_table_read(struct decide_table *t, struct decide_row *rows, size_t most)
{
	size_t n = 0;
	int rc = 1;

	while (n < most && (rc = csv_read(&t->in)) == 1)
		take_row(t, &rows[n++]);
	return rc == -1 ? -1 : (int)n;
}
