/*
 * The status feed, for people.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/detail.h"
#include "api/cli/feed_show.h"
#include "base/clock.h"
#include "base/err.h"

/* A subject with what is current of it on the same line. */
static json_t *
flat(const json_t *subject)
{
	json_t *o = json_copy(json_object_get(subject, "current")), *v;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)subject, name, v)
	{
		if (strcmp(name, "current") != 0 &&
		    strcmp(name, "statusReports") != 0)
			json_object_set(o, name, v);
	}
	return o;
}

static int
show_list(struct cli *cli, const struct feed *f, const char *list,
    const char *columns)
{
	json_t *rows = json_array(), *v;
	size_t i;

	json_array_foreach(json_object_get(f->claims, list), i, v)
	{
		json_array_append_new(rows, flat(v));
	}
	if (json_array_size(rows) == 0) {
		json_decref(rows);
		return CLI_OK;
	}
	printf("\n%s:\n", strcmp(list, "entries") == 0 ? "models" : list);
	return cli_show(cli, rows, columns);
}

static int
show_model(struct cli *cli, const struct feed *f, const char *model)
{
	const char *name;
	json_t *v;
	size_t i;
	int rc;

	json_array_foreach(json_object_get(f->claims, "entries"), i, v)
	{
		name = cli_text(v, "model");
		if (strcmp(name, model) != 0)
			continue;
		if (cli->json)
			return cli_show(cli, json_incref(v), NULL);
		if ((rc = cli_show_parts(cli, flat(v))) != CLI_OK)
			return rc;
		printf("\nreports:\n");
		return cli_show(cli,
		    json_incref(json_object_get(v, "statusReports")),
		    "effectiveDate,of,status,certificateNumber,measure,kind,"
		    "level,expires,recorded");
	}
	return err_set_code(ERR_ABSENT, "NOT_FOUND",
	    "feed %lld lists no model \"%.64s\"", (long long)f->no, model);
}

int
feed_show(struct cli *cli, const struct feed *f)
{
	const char *model = cli_option(cli, "model");
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];

	if (model != NULL)
		return show_model(cli, f, model);
	if (cli->json)
		return cli_show(cli, json_incref(f->claims), NULL);
	cli_say(cli, "feed %lld, issued %s, good until %s", (long long)f->no,
	    clock_write(f->issued, issued), clock_write(f->next_update, next));
	if (cli->quiet)
		return CLI_OK;
	(void)show_list(cli, f, "entries",
	    "model,kind,organisation,state,certificateNumber,level,expires");
	(void)show_list(
	    cli, f, "sites", "site,scope,organisation,state,expires");
	(void)show_list(cli, f, "suppliers", "organisation,name,state");
	return show_list(
	    cli, f, "measures", "measure,kind,scopeKind,scope,state");
}
