/*
 * assay coc: certificates of conformity.
 */

#include <stdlib.h>

#include "api/cli/cli.h"
#include "api/cli/detail.h"

/* Show the CoC, and say who must do what next. */
static int
show_proposed(struct cli *cli, json_t *coc)
{
	const char *number = json_string_value(json_object_get(coc, "number"));
	char *text = number != NULL ? xstrdup(number) : NULL;
	int rc = cli_show_parts(cli, coc);

	if (rc == CLI_OK && text != NULL)
		cli_say(cli,
		    "\nAnother decider approves or rejects it: "
		    "assay approve %s",
		    text);
	free(text);
	return rc;
}

static int
propose(struct cli *cli)
{
	const char *site = cli_option(cli, "site");
	const char *declaration = cli_option(cli, "declaration");
	long level, quota, days;
	json_t *body;

	if (cli_option_int(cli, "level", 1, 4, 0, &level) == -1 ||
	    cli_option_int(cli, "quota", 0, 1000000000, 0, &quota) == -1 ||
	    cli_option_int(cli, "valid-days", 1, 1830, 365, &days) == -1)
		return -1;
	body = json_pack("{s:s, s:I, s:I, s:I}", "model",
	    cli_option(cli, "model"), "level", (json_int_t)level, "quota",
	    (json_int_t)quota, "valid_days", (json_int_t)days);
	if (site != NULL)
		json_object_set_new(body, "site", json_string(site));
	if (declaration != NULL)
		json_object_set_new(
		    body, "declaration", json_string(declaration));
	return show_proposed(cli, cli_post(cli, body, "/v1/cocs"));
}

static int
list(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/cocs"),
	    "number,model,kind,organisation,level,state,expires,used,quota");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/cocs/%s", cli_escape(cli_arg(cli, 0))));
}

static int
change(struct cli *cli)
{
	json_t *body;

	body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));
	return show_proposed(cli,
	    cli_post(cli, body, "/v1/cocs/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli->command->verb));
}

static const struct cli_option propose_options[] = {
	{ "model", "HANDLE", "to be certified", true, false },
	{ "level", "N", "1 to 4", true, false },
	{ "quota", "N", "how many devices may be issued under it", true,
	    false },
	{ "site", "HANDLE", "where it is made; none for hardware platforms",
	    false, false },
	{ "valid-days", "N", "at most; 365 unless said", false, false },
	{ "declaration", "NUMBER", "that must be the one in force by then",
	    false, false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command coc_commands[] = {
	{ "coc", "propose", NULL, "propose to certify a model", propose_options,
	    propose,
	    "Shows what is missing yet.  Another decider approves: assay "
	    "approve NUMBER.\n"
	    "  assay coc propose --model tre-1 --level 2 --site dresden "
	    "--quota 100000 \\\n"
	    "      --as decider-1" },
	{ "coc", "list", NULL, "list all CoCs", NULL, list,
	    "  assay coc list --as reader" },
	{ "coc", "show", "NUMBER", "what a CoC rests on and what it lacks",
	    NULL, show, "  assay coc show TRE-2026-000001 --as reader" },
	{ "coc", "suspend", "NUMBER", "propose to suspend a CoC",
	    reason_options, change,
	    "What stands on it is suspended with it.  Another decider "
	    "approves.\n"
	    "  assay coc suspend TRE-2026-000001 --reason \"report 12\" --as "
	    "decider-1" },
	{ "coc", "reinstate", "NUMBER", "propose to reinstate a CoC",
	    reason_options, change,
	    "What was suspended with it comes back with it.  Another decider\n"
	    "approves.\n"
	    "  assay coc reinstate TRE-2026-000001 --reason \"mended\" --as "
	    "decider-1" },
	{ "coc", "withdraw", "NUMBER", "propose to withdraw a CoC for ever",
	    reason_options, change,
	    "Final.  Another decider approves.\n"
	    "  assay coc withdraw TRE-2026-000001 --reason \"false\" --as "
	    "decider-1" },
	CLI_END,
};
