/*
 * assay whoami, assay health: who am I, is it well?
 */

#include "api/cli/cli.h"

static int
whoami(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/whoami"), NULL);
}

static int
health(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/health"), NULL);
}

const struct cli_command whoami_commands[] = {
	{ "whoami", NULL, NULL, "show who the server takes you for", NULL,
	    whoami,
	    "Shows principal, organisation and role of the credential --as.\n"
	    "  assay whoami --as officer-1" },
	CLI_END,
};

const struct cli_command health_commands[] = {
	{ "health", NULL, NULL, "ask whether the server works", NULL, health,
	    "Needs no credential." },
	CLI_END,
};
