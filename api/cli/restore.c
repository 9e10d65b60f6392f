/*
 * assay restore: the database was put back to an earlier moment.
 */

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"
#include "base/err.h"

static int
list(struct cli *cli)
{
	return list_show(
	    cli, "/v1/restores", "number,state,cause,last,seen,claims,created");
}

/* The one that is named; else the one that waits, or the newest. */
static json_t *
fetch(struct cli *cli)
{
	json_t *all, *first, *one = NULL;
	const char *name = cli_arg(cli, 0);

	if (name != NULL)
		return cli_get(cli, "/v1/restores/%s", cli_escape(name));
	if ((all = cli_get(cli, "/v1/restores")) == NULL)
		return NULL;
	first = json_array_get(json_object_get(all, "restores"), 0);
	if (first != NULL)
		one = cli_get(cli, "/v1/restores/%s",
		    cli_escape(cli_text(first, "number")));
	else
		(void)err_set(ERR_ABSENT,
		    "nothing is missing, and nothing ever was: the database "
		    "has all that the world has seen");
	json_decref(all);
	return one;
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli, fetch(cli));
}

/* Signed with how much was missing, and known better, when it was read. */
static int
resolve(struct cli *cli)
{
	json_t *body, *r = fetch(cli), *disbelieve = json_array();
	const char *name;
	size_t i;
	int rc;

	for (i = 0; (name = cli_option_at(cli, "disbelieve", i)) != NULL; i++)
		json_array_append_new(disbelieve, json_string(name));
	if (r == NULL) {
		json_decref(disbelieve);
		return -1;
	}
	body = json_pack("{s:O, s:O, s:s}", "event", json_object_get(r, "seen"),
	    "claims", json_object_get(r, "claims"), "reason",
	    cli_option(cli, "reason"));
	if (i > 0)
		json_object_set(body, "disbelieve", disbelieve);
	json_decref(disbelieve);
	rc = cli_show_parts(cli,
	    cli_post(cli, body, "/v1/restores/%s/resolve",
		cli_escape(cli_text(r, "number"))));
	json_decref(r);
	return rc;
}

static const struct cli_option resolve_options[] = {
	{ "reason", "TEXT", "what happened, and what was done", true, false },
	{ "disbelieve", "FOLLOWER",
	    "it was taken over: put nothing back, and hear it no more", false,
	    true },
	CLI_OPTION_END,
};

const struct cli_command restore_commands[] = {
	{ "restore", "list", NULL,
	    "when the database knew less than the world, newest first",
	    list_options, list,
	    "  assay restore list --state lost --as security-1" },
	{ "restore", "show", "[NUMBER]",
	    "what is missing, and what is known better", NULL, show,
	    "last is the last event that the database has, seen the last that "
	    "was told to\nthe world; known_better is what was told to be "
	    "revoked or on hold, indexes\nwhat may have been issued.\n"
	    "  assay restore show --as security-1" },
	{ "restore", "resolve", "[NUMBER]",
	    "propose to go on; a decider approves", resolve_options, resolve,
	    "First look for a better copy: the old primary, a standby.  To go "
	    "on puts back\nwhat is known better, makes void all indexes that "
	    "may have been used, and moves\nall numbers behind those that were "
	    "seen.  Releases and lifts that are lost have\nto be done again.\n"
	    "With --disbelieve nothing is put back; whoever else misses "
	    "something says so\nanew.\n"
	    "  assay restore resolve --reason \"disk lost; backup of 03:00\" "
	    "--as security-1" },
	CLI_END,
};
