/*
 * What came of a lot's rows, shown as it is read: a lot may have ten million.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/lines.h"
#include "api/cli/lot_results.h"
#include "base/err.h"

#define PAGE 1000 /* rows of a table that are looked at together */

struct results {
	struct cli *cli;
	struct cli_table *table;
	json_t *page;
	bool refused_only;
	bool begun; /* with --json: something stands behind the "[" */
};

static void
put_object(struct results *r, json_t *o)
{
	fputs(r->begun ? ",\n" : "[\n", stdout);
	r->begun = true;
	(void)json_dumpf(o, stdout, JSON_COMPACT);
}

static void
put_page(struct results *r)
{
	if (!r->cli->quiet)
		cli_table_put(r->table, r->page);
	(void)json_array_clear(r->page);
}

static int
add_result(json_t *o, void *ctx)
{
	struct results *r = ctx;

	if (r->refused_only && strcmp(cli_text(o, "state"), "refused") != 0)
		return 0;
	json_object_del(o, "certificate");
	if (r->cli->json) {
		put_object(r, o);
		return 0;
	}
	if (json_array_append(r->page, o) == -1)
		return err_set(ERR_INTERNAL, "out of memory");
	if (json_array_size(r->page) == PAGE) {
		put_page(r);
		r->begun = true;
	}
	return 0;
}

/* The last ones; of none at all a table says so. */
static void
put_end(struct results *r)
{
	if (r->cli->json)
		puts(r->begun ? "\n]" : "[]");
	else if (!r->begun || json_array_size(r->page) > 0)
		put_page(r);
}

int
lot_results(struct cli *cli)
{
	struct results r = { .cli = cli,
		.refused_only = cli_switch(cli, "refused") };
	char *path =
	    xasprintf("/v1/lots/%s/results", cli_escape(cli_arg(cli, 0)));
	int rc;

	r.table = cli_table_new("row,id,state,reason,detail,serial");
	r.page = json_array();
	if ((rc = lines_get(cli, path, add_result, &r)) == 0)
		put_end(&r);
	json_decref(r.page);
	cli_table_free(r.table);
	free(path);
	return rc == 0 ? CLI_OK : -1;
}
