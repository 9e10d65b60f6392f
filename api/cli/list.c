/*
 * Lists that come a hundred at a time, newest first.
 */

#include <stdlib.h>

#include "api/cli/list.h"

const struct cli_option list_options[] = {
	{ "state", "STATE", "only those in this state", false, false },
	{ "before", "NAME",
	    "only those older than this one: the next hundred after the last "
	    "that you have",
	    false, false },
	CLI_OPTION_END,
};

json_t *
list_get(struct cli *cli, const char *path)
{
	const char *state = cli_option(cli, "state");
	const char *before = cli_option(cli, "before");

	if (state != NULL && before != NULL)
		return cli_get(cli, "%s?state=%s&before=%s", path,
		    cli_escape(state), cli_escape(before));
	if (state != NULL)
		return cli_get(cli, "%s?state=%s", path, cli_escape(state));
	if (before != NULL)
		return cli_get(cli, "%s?before=%s", path, cli_escape(before));
	return cli_get(cli, "%s", path);
}
