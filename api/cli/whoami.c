/*
 * assay whoami, assay health, assay version: who am I, is it well, what is it?
 */

#include <stdio.h>

#include "api/cli/cli.h"
#include "base/version.h"

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

static int
show_version(struct cli *cli)
{
	printf(cli->json ? "{\"version\":\"%s\"}\n" : "assay %s\n", version());
	return CLI_OK;
}

const struct cli_command version_commands[] = {
	{ "version", NULL, NULL, "show which version this program is of", NULL,
	    show_version,
	    "The other programs say theirs to --version, and in their logs "
	    "when they start." },
	CLI_END,
};

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
