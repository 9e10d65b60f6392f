#ifndef API_CLI_COMMANDS_H
#define API_CLI_COMMANDS_H

#include <stdio.h>

#include "api/cli/cli.h"

/* All tables, NULL at the end (commands.c). */
extern const struct cli_command *const cli_tables[];

/*
 * What argv asks for into cli.  1: help was asked for or nothing was said, and
 * has been printed; 0: run cli->command; -1: a usage error.
 */
int cli_parse(struct cli *, const struct cli_command *const *tables, int argc,
    char **argv, FILE *);

/* Options that every command takes. */
extern const struct cli_option cli_globals[];

/* Help for everything, for a noun, for one command. */
void cli_help(const struct cli_command *const *tables, const char *noun,
    const struct cli_command *, FILE *);

/* The exit code that the error slot stands for. */
int cli_exit_of_err(void);

#endif
