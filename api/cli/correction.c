/*
 * assay correction: what suppliers report to have mended.
 */

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/corrections",
	    "number,measure,state,what,reported_by,created");
}

static json_t *
get(struct cli *cli)
{
	return cli_get(cli, "/v1/corrections/%s", cli_escape(cli_arg(cli, 0)));
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli, get(cli));
}

/* Signed with the number of the measure that it would lift. */
static int
confirm(struct cli *cli)
{
	json_t *body, *correction = get(cli);
	int rc;

	if (correction == NULL)
		return -1;
	body =
	    json_pack("{s:s, s:s}", "measure", cli_text(correction, "measure"),
		"reason", cli_option(cli, "reason"));
	json_decref(correction);
	rc = cli_show_parts(cli,
	    cli_post(cli, body, "/v1/corrections/%s/confirm",
		cli_escape(cli_arg(cli, 0))));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA security officer or a decider approves or rejects "
		    "lifting the measure: assay approve %s",
		    cli_arg(cli, 0));
	return rc;
}

static int
reject(struct cli *cli)
{
	json_t *body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));

	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/corrections/%s/reject",
		cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command correction_commands[] = {
	{ "correction", "list", NULL, "list corrections, newest first",
	    list_options, list,
	    "  assay correction list --state reported --as officer-1" },
	{ "correction", "show", "NUMBER", "a correction and its evidence", NULL,
	    show, "  assay correction show COR-2026-000001 --as officer-1" },
	{ "correction", "confirm", "NUMBER",
	    "it is done: propose to lift the measure", reason_options, confirm,
	    "A security officer or a decider approves; what the measure had "
	    "escalated to\n"
	    "is lifted with it.\n"
	    "  assay correction confirm COR-2026-000001 --reason \"seen at the "
	    "plant\" --as officer-1" },
	{ "correction", "reject", "NUMBER", "it is not done", reason_options,
	    reject,
	    "  assay correction reject COR-2026-000001 --reason \"two devices "
	    "still fail\" --as officer-1" },
	CLI_END,
};
