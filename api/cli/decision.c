/*
 * assay decision: what operators asked and were told.
 */

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/decisions",
	    "decision,operator,created,purpose,verdict,reasons");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/decisions/%s", cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option search_options[] = {
	{ "verdict", "VERDICT", "permit, refuse or indeterminate", false,
	    false },
	{ "operator", "HANDLE", "only this operator's", false, false },
	LIST_PAGES,
};

const struct cli_command decision_commands[] = {
	{ "decision", "list", NULL, "decisions, newest first", search_options,
	    list, "  assay decision list --verdict refuse --as mobilfunk-hlr" },
	{ "decision", "show", "DECISION", "one decision and its receipt", NULL,
	    show, "  assay decision show $decision --as mobilfunk-hlr" },
	CLI_END,
};
