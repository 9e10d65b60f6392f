/*
 * assay appeal: against a measure, to two deciders who had no part in it.
 */

#include "api/cli/claim.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
file(struct cli *cli)
{
	return claim_post(cli, "ground", "appeal");
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/appeals",
	    "number,measure,organisation,state,filed_by,created");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/appeals/%s", cli_escape(cli_arg(cli, 0))));
}

/* Signed with the number of the measure that it is about. */
static int
decide(struct cli *cli)
{
	json_t *body, *appeal;

	appeal = cli_get(cli, "/v1/appeals/%s", cli_escape(cli_arg(cli, 0)));
	if (appeal == NULL)
		return -1;
	body = json_pack("{s:s, s:s, s:s}", "measure",
	    cli_text(appeal, "measure"), "verdict", cli_option(cli, "verdict"),
	    "reason", cli_option(cli, "reason"));
	json_decref(appeal);
	return cli_show_proposed(cli,
	    cli_post(cli, body, "/v1/appeals/%s/decide",
		cli_escape(cli_arg(cli, 0))),
	    cli_arg(cli, 0));
}

static int
withdraw(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_post(cli, NULL, "/v1/appeals/%s/withdraw",
		cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option file_options[] = {
	{ "ground", "TEXT", "why the measure is wrong", true, false },
	CLAIM_EVIDENCE,
	CLI_OPTION_END,
};

static const struct cli_option decide_options[] = {
	{ "verdict", "VERDICT", "upheld or dismissed", true, false },
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command appeal_commands[] = {
	{ "appeal", "file", "MEASURE",
	    "appeal against a measure; it stays in force meanwhile",
	    file_options, file,
	    "Within 30 days of its coming into force, once.\n"
	    "  assay appeal file MEA-2026-000001 --ground \"the report is of "
	    "another model\" --as acme-pki" },
	{ "appeal", "list", NULL, "list appeals, newest first", list_options,
	    list, "  assay appeal list --state filed --as decider-3" },
	{ "appeal", "show", "NUMBER", "an appeal and what became of it", NULL,
	    show, "  assay appeal show APL-2026-000001 --as decider-3" },
	{ "appeal", "decide", "NUMBER",
	    "propose to uphold or dismiss it; a second decider approves",
	    decide_options, decide,
	    "Not by anybody who proposed, approved or confirmed the measure.\n"
	    "  assay appeal decide APL-2026-000001 --verdict upheld --reason "
	    "\"it is\" --as decider-3" },
	{ "appeal", "withdraw", "NUMBER", "withdraw it", NULL, withdraw,
	    "  assay appeal withdraw APL-2026-000001 --as acme-pki" },
	CLI_END,
};
