/*
 * assay proposal: what waits for a second person, and what became of the rest.
 */

#include "api/cli/cli.h"
#include "api/cli/list.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/proposals",
	    "proposal,subject,act,state,proposed_by,created");
}

static const struct cli_option search_options[] = {
	{ "state", "STATE", "open, approved or rejected", false, false },
	{ "subject", "NAME", "only those on this subject", false, false },
	{ "act", "ACT", "only those of this act", false, false },
	LIST_PAGES,
};

const struct cli_command proposal_commands[] = {
	{ "proposal", "list", NULL, "what was proposed, newest first",
	    search_options, list,
	    "  assay proposal list --state open --as decider-1" },
	CLI_END,
};
