/*
 * For a service manager: one program of the system by itself, as a user of its
 * own.  `assay run` keeps them all, as one user.
 */

#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cluster.h"
#include "api/cli/roots.h"
#include "api/cli/serve.h"
#include "api/cli/tls.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"

#define RECORD_MS 120000

/* The settings of an instance whose programs are users of their own. */
static int
open_apart(const struct cli *cli, struct home *h)
{
	const char *logs = getenv("LOGS_DIRECTORY");
	char *var = realpath(cli->var, NULL);
	int rc = -1;

	memset(h, 0, sizeof(*h));
	h->lock = -1;
	if (var == NULL || strlen(var) > INSTANCE_PATH_MAX - 100)
		err_set(ERR_INPUT, "could not use the folder %s", cli->var);
	else if (layout_find(&h->at) == 0) {
		(void)snprintf(
		    h->conf, sizeof(h->conf), "%.400s/assay.cnf", var);
		(void)snprintf(h->log, sizeof(h->log), "%.400s%s",
		    logs != NULL ? logs : var, logs != NULL ? "" : "/log");
		rc = instance_open(h->conf, &h->in);
	}
	if (rc == 0 && strcmp(h->in.var, var) != 0)
		rc = err_set(
		    ERR_CONFLICT, "%s says var = %s", h->conf, h->in.var);
	if (rc == 0 && !h->in.separate)
		rc = err_set_code(ERR_CONFLICT, "NOT_SEPARATE",
		    "the programs of %s are one user: assay run starts them "
		    "(separate in assay.cnf)",
		    h->in.var);
	free(var);
	return rc;
}

/* As it is started by assay run, but for who looks after it. */
static int
become(struct process *p)
{
	static const int heard[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
		SIGCHLD };
	size_t i;

	for (i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		(void)signal(heard[i], SIG_DFL);
	if (p->socket[0] != '\0' && unlink(p->socket) == -1 && errno != ENOENT)
		return io_err("remove", p->socket);
	/* Whom the folder of sockets belongs to, may use them. */
	(void)umask(p->socket[0] != '\0' ? 007 : 077);
	process_limit(p);
	for (i = 0; p->env[i] != NULL; i++)
		(void)putenv(p->env[i]);
	(void)execv(p->program, p->argv);
	return err_set(
	    ERR_INTERNAL, "could not run %s: %s", p->program, strerror(errno));
}

/* What nginx has of others, as far as it is there. */
static void
follow_certificates(const struct instance *in)
{
	(void)umask(077);
	if (roots_follow(in) == -1)
		log_err("take the roots over");
	if (tls_follow(in) == -1)
		log_err("take the certificate over");
}

static int
serve(struct cli *cli)
{
	const char *name = cli_arg(cli, 0);
	struct buf names = BUF_EMPTY;
	struct process p;
	struct home h;

	if (cli_switch(cli, "follow") &&
	    (name == NULL || strcmp(name, "nginx") != 0))
		return cli_usage(
		    "--follow is for nginx: assay serve nginx --follow");
	if (open_apart(cli, &h) == -1)
		return -1;
	if (name == NULL) {
		serve_names(&h.in, &names);
		(void)fputs(buf_str(&names), stdout);
		buf_free(&names);
		return CLI_OK;
	}
	if (home_name_user(&h) == -1)
		return -1;
	if (strcmp(name, "nginx") == 0)
		follow_certificates(&h.in);
	if (cli_switch(cli, "follow"))
		return CLI_OK;
	(void)umask(077);
	if ((strcmp(name, "postgres") == 0 ? cluster_process(&h, &p)
					   : serve_process(&h, name, &p)) == -1)
		return -1;
	return become(&p);
}

static int
prepare(struct cli *cli)
{
	struct home h;

	if (open_apart(cli, &h) == -1 || home_name_user(&h) == -1)
		return -1;
	(void)umask(077);
	return cluster_wait(&h, NULL, RECORD_MS) == -1 ? -1
						       : cluster_prepare(&h);
}

static const struct cli_option serve_options[] = {
	{ "follow", NULL,
	    "nginx: only take over certificates that are new; reload it then",
	    false, false },
	CLI_OPTION_END,
};

const struct cli_command service_commands[] = {
	{ "serve", NULL, "[NAME]",
	    "one program of the system, for a service manager", serve_options,
	    serve,
	    "Becomes that program, where each is a user of its own (separate "
	    "in assay.cnf):\ndeploy/systemd has units that do so.  Without "
	    "NAME it lists the names." },
	{ "prepare", NULL, NULL, "bring the record to what these programs need",
	    NULL, prepare,
	    "Waits for PostgreSQL, makes what is missing of roles, schema and "
	    "rule sets,\nand refuses one that is of another version.  `assay "
	    "run` does so by itself." },
	CLI_END,
};
