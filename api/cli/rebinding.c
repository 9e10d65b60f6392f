/*
 * assay device rebind, assay rebinding: a terminal goes on with another TrE.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
request(struct cli *cli)
{
	json_t *body = json_object();
	int rc;

	json_object_set_new(body, "terminal", json_string(cli_arg(cli, 0)));
	body_put(body, cli, "tre", "tre");
	body_put(body, cli, "evidence", "evidence");
	body_put(body, cli, "reason", "reason");
	rc = cli_show_parts(cli, cli_post(cli, body, "/v1/rebindings"));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nAn officer proposes it: assay rebinding "
		    "propose; when a decider has\napproved, the "
		    "terminal comes in a lot, with a new key");
	return rc;
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/rebindings",
	    "number,terminal,tre,organisation,state,expires");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(cli, "/v1/rebindings/%s", cli_escape(cli_arg(cli, 0))));
}

/* What is signed is said in full: which devices, by which evidence. */
static int
propose(struct cli *cli)
{
	const char *number = cli_arg(cli, 0);
	json_t *r = cli_get(cli, "/v1/rebindings/%s", cli_escape(number));
	json_t *body;
	int rc;

	if (r == NULL)
		return -1;
	body = json_pack("{s:s, s:s, s:s}", "terminal", cli_text(r, "terminal"),
	    "tre", cli_text(r, "tre"), "evidence", cli_text(r, "evidence"));
	json_decref(r);
	rc = cli_show_parts(cli,
	    cli_post(
		cli, body, "/v1/rebindings/%s/propose", cli_escape(number)));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA decider approves or rejects it: assay approve %s",
		    number);
	return rc;
}

static const struct cli_option request_options[] = {
	{ "tre", "ID", "the TrE that is in it now", true, false },
	{ "evidence", "SHA256", "the repair's report, accepted", true, false },
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	CLI_OPTION_END,
};

const struct cli_command rebinding_commands[] = {
	{ "device", "rebind", "TERMINAL",
	    "ask that it may go on with another TrE, after a repair",
	    request_options, request,
	    "By the terminal's supplier.  The terminal needs a new key and "
	    "comes in a lot\n"
	    "when an officer and a decider have allowed it.\n"
	    "  assay device rebind TERM-1 --tre TRE-9 --evidence $report \\\n"
	    "      --reason \"mesh opened, module exchanged\" --as "
	    "karren-pki" },
	{ "rebinding", "list", NULL, "list the rebindings that you may see",
	    list_options, list,
	    "  assay rebinding list --state requested --as officer-1" },
	{ "rebinding", "show", "NUMBER", "a rebinding and its history", NULL,
	    show, "  assay rebinding show REB-2026-000001 --as karren-pki" },
	{ "rebinding", "propose", "NUMBER", "propose to allow it", NULL,
	    propose,
	    "  assay rebinding propose REB-2026-000001 --as officer-1" },
	CLI_END,
};
