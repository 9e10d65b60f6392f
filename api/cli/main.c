/*
 * assay: one program for every role.  Finds the command, runs it, and turns
 * what went wrong into one sentence and an exit code.
 */

#include <signal.h>
#include <stdio.h>

#include "api/cli/commands.h"
#include "base/err.h"
#include "base/log.h"

static int
fail(void)
{
	fprintf(stderr, "assay: %s%s%s%s\n", cli_why(),
	    err_code()[0] != '\0' ? " [" : "", err_code(),
	    err_code()[0] != '\0' ? "]" : "");
	return cli_exit_of_err();
}

int
main(int argc, char **argv)
{
	static struct cli cli;
	int rc;

	log_open("assay", LOG_NOTE);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = cli_parse(&cli, cli_tables, argc, argv, stdout);
	if (rc == 1)
		return CLI_OK;
	if (rc == -1)
		return fail();
	rc = cli.command->run(&cli);
	if (rc == -1)
		return fail();
	if (fflush(stdout) == EOF && rc == CLI_OK) {
		err_set(ERR_INTERNAL, "could not write to standard output");
		return fail();
	}
	return rc;
}
