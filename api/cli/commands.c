/*
 * Every noun's commands, in the order of the story that help tells.
 */

#include "api/cli/commands.h"

extern const struct cli_command cert_commands[];
extern const struct cli_command health_commands[];
extern const struct cli_command whoami_commands[];

const struct cli_command *const cli_tables[] = {
	whoami_commands,
	health_commands,
	cert_commands,
	NULL,
};
