/*
 * assay: one program for every role.  Finds the command, runs it, and turns
 * what went wrong into one sentence and an exit code.
 */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/commands.h"
#include "base/err.h"
#include "base/log.h"
#include "key/private.h"

static bool nobody; /* no credential was named */

static int
fail(void)
{
	fprintf(stderr, "assay: %s%s%s%s\n", cli_why(),
	    err_code()[0] != '\0' ? " [" : "", err_code(),
	    err_code()[0] != '\0' ? "]" : "");
	if (nobody && strcmp(err_code(), "UNAUTHENTICATED") == 0)
		fprintf(stderr,
		    "assay: say as whom, with --as NAME or $ASSAY_AS: a "
		    "credential in VAR/credentials\n");
	return cli_exit_of_err();
}

/*
 * What was closed when we began is closed for us: or the next file or socket
 * would have its number, and all that is printed.  Opened the other way round,
 * so that using it is a fault.
 */
static void
hold_standard(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* `assay ... | head`: whoever reads has enough, and need not be told. */
static bool
nobody_reads(void)
{
	struct pollfd out = { STDOUT_FILENO, POLLOUT, 0 };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* All of it, or what was asked for is not there. */
static int
end_output(int rc)
{
	if ((ferror(stdout) == 0 && fflush(stdout) == 0) || rc != CLI_OK)
		return rc;
	if (nobody_reads())
		return CLI_INTERNAL;
	err_set(ERR_INTERNAL, "could not write to standard output");
	return fail();
}

int
main(int argc, char **argv)
{
	static struct cli cli;
	int rc;

	hold_standard();
	private_no_cores(); /* nor what `assay run` starts, keys of all sorts */
	log_open("assay", LOG_NOTE);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = cli_parse(&cli, cli_tables, argc, argv, stdout);
	if (rc == 1)
		return end_output(CLI_OK);
	if (rc == -1)
		return fail();
	nobody = cli.as[0] == '\0';
	rc = cli.command->run(&cli);
	if (rc == -1)
		return fail();
	return end_output(rc);
}
