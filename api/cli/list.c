/*
 * Lists that come a hundred at a time, newest first.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/list.h"
#include "base/err.h"

const struct cli_option list_options[] = { LIST_STATE, LIST_PAGES };

/* The option's name as the address has it. */
static void
put_name(struct buf *b, const char *name)
{
	if (strcmp(name, "search") == 0)
		name = "q";
	for (; *name != '\0'; name++)
		buf_putc(b, *name == '-' ? '_' : *name);
}

/* An option of the list itself, not one of every command or of paging? */
static bool
is_query(
    const struct cli *cli, const struct cli_option *given, const char *before)
{
	const struct cli_option *o = cli->command->options;

	if (strcmp(given->name, "all") == 0 ||
	    (before != NULL && strcmp(given->name, "before") == 0))
		return false;
	while (o->name != NULL && o != given)
		o++;
	return o == given && o->name != NULL;
}

/* before: NULL, or instead of what --before says. */
static json_t *
get_page(struct cli *cli, const char *path, const char *before)
{
	struct buf b = BUF_EMPTY;
	json_t *page;
	size_t i;
	char mark = strchr(path, '?') == NULL ? '?' : '&';

	buf_puts(&b, path);
	for (i = 0; i < cli->ngiven; i++) {
		if (!is_query(cli, cli->given[i], before))
			continue;
		buf_putc(&b, mark);
		put_name(&b, cli->given[i]->name);
		buf_printf(&b, "=%s", cli_escape(cli->values[i]));
		mark = '&';
	}
	if (before != NULL)
		buf_printf(&b, "%cbefore=%s", mark, cli_escape(before));
	page = cli_get(cli, "%s", buf_str(&b));
	buf_free(&b);
	return page;
}

/* The page's rows and what they are called; NULL if it is no list. */
static json_t *
rows_of(json_t *page, const char **name)
{
	json_t *v;

	json_object_foreach(page, *name, v)
	{
		if (json_is_array(v))
			return v;
	}
	err_set(ERR_INTERNAL, "the server's answer is no list");
	return NULL;
}

static void
change_rows(const struct cli *cli, json_t *rows, void (*each)(json_t *row))
{
	size_t i;

	if (each == NULL || cli->json)
		return;
	for (i = 0; i < json_array_size(rows); i++)
		each(json_array_get(rows, i));
}

/* Rows of one page more: as JSON that is one array in the end, or a table. */
static void
put_rows(const struct cli *cli, json_t *rows, const char *name, bool first,
    struct cli_table *table)
{
	json_t *row;
	size_t i;

	if (cli->json && first)
		printf("{\n  \"%s\": [", name);
	if (!cli->json) {
		if (!cli->quiet)
			cli_table_put(table, rows);
		return;
	}
	json_array_foreach(rows, i, row)
	{
		printf("%s\n    ", first && i == 0 ? "" : ",");
		(void)json_dumpf(row, stdout, JSON_COMPACT);
	}
}

static int
show_all(struct cli *cli, const char *path, const char *columns,
    void (*each)(json_t *row))
{
	struct cli_table *table = cli_table_new(columns);
	json_t *page = NULL, *rows = NULL;
	char *before = NULL;
	const char *name;
	bool first = true;

	do {
		page = get_page(cli, path, before);
		rows = page != NULL ? rows_of(page, &name) : NULL;
		free(before);
		before = NULL;
		if (rows != NULL) {
			change_rows(cli, rows, each);
			put_rows(cli, rows, name, first, table);
			if (*cli_text(page, "next") != '\0')
				before = xstrdup(cli_text(page, "next"));
		}
		first = false;
		json_decref(page);
	} while (before != NULL);
	if (rows != NULL && cli->json)
		printf("\n  ],\n  \"next\": null\n}\n");
	cli_table_free(table);
	return rows != NULL ? CLI_OK : -1;
}

int
list_show_each(struct cli *cli, const char *path, const char *columns,
    void (*each)(json_t *row))
{
	json_t *page, *rows;
	const char *name;
	char *next;
	int rc;

	if (cli_switch(cli, "all"))
		return show_all(cli, path, columns, each);
	if ((page = get_page(cli, path, NULL)) == NULL)
		return -1;
	if ((rows = rows_of(page, &name)) != NULL)
		change_rows(cli, rows, each);
	next = xstrdup(cli_text(page, "next"));
	rc = cli_show(cli, page, columns);
	if (rc == CLI_OK && *next != '\0')
		cli_say(cli,
		    "\nThere are more: --before %s for the next hundred, --all "
		    "for all of them",
		    next);
	free(next);
	return rc;
}

int
list_show(struct cli *cli, const char *path, const char *columns)
{
	return list_show_each(cli, path, columns, NULL);
}
