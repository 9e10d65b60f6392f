/*
 * assay dispute: who should have a device.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/disputes",
	    "number,device,operator,custodian,state,created");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/disputes/%s", cli_escape(cli_arg(cli, 0))));
}

static int
begin(struct cli *cli)
{
	json_t *body = json_pack("{s:s}", "decision", cli_arg(cli, 0));

	body_put(body, cli, "ground", "ground");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/disputes"));
}

static int
answer(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "answer", "text");
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/disputes/%s/answer",
		cli_escape(cli_arg(cli, 0))));
}

static int
withdraw(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_post(cli, json_object(), "/v1/disputes/%s/withdraw",
		cli_escape(cli_arg(cli, 0))));
}

static int
decide(struct cli *cli)
{
	json_t *body = json_object();
	int rc;

	body_put(body, cli, "verdict", "verdict");
	body_put(body, cli, "operator", "operator");
	body_put(body, cli, "reason", "reason");
	rc = cli_show_parts(cli,
	    cli_post(cli, body, "/v1/disputes/%s/decide",
		cli_escape(cli_arg(cli, 0))));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nAnother decider approves or rejects it: assay approve "
		    "%s",
		    cli_arg(cli, 0));
	return rc;
}

static const struct cli_option begin_options[] = {
	{ "ground", "TEXT", "why it should be yours", true, false },
	CLI_OPTION_END,
};

static const struct cli_option answer_options[] = {
	{ "text", "TEXT", "what you say to it", true, false },
	CLI_OPTION_END,
};

static const struct cli_option decide_options[] = {
	{ "verdict", "WORD", "awarded, released or dismissed", true, false },
	{ "operator", "HANDLE", "to whom it is awarded", false, false },
	{ "reason", "TEXT", "why; both sides read it", true, false },
	CLI_OPTION_END,
};

const struct cli_command dispute_commands[] = {
	{ "dispute", "list", NULL, "list the disputes that you are a side of",
	    list_options, list,
	    "  assay dispute list --state open --as hlr-1" },
	{ "dispute", "show", "NUMBER", "one dispute", NULL, show,
	    "  assay dispute show DSP-2026-000001 --as hlr-1" },
	{ "dispute", "open", "DECISION",
	    "dispute that another operator has a device", begin_options, begin,
	    "DECISION refused you the device for want of consent; or is your "
	    "permit of before\n"
	    "it was moved away from you.  Until the body has decided nobody "
	    "takes it over.\n"
	    "  assay dispute open $decision --ground \"the meter was sold\" "
	    "--as hlr-1" },
	{ "dispute", "answer", "NUMBER", "answer, if you have the device",
	    answer_options, answer,
	    "  assay dispute answer DSP-2026-000001 --text \"it is leased\" "
	    "--as hlr-2" },
	{ "dispute", "withdraw", "NUMBER", "withdraw what you have opened",
	    NULL, withdraw,
	    "  assay dispute withdraw DSP-2026-000001 --as hlr-1" },
	{ "dispute", "decide", "NUMBER", "propose to whom the device goes",
	    decide_options, decide,
	    "  assay dispute decide DSP-2026-000001 --verdict awarded \\\n"
	    "      --operator fernfunk --reason \"deed of sale seen\" "
	    "--as decider-1" },
	CLI_END,
};
