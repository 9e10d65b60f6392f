/*
 * assay run: the whole system as one process tree in the foreground.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/cli/init.h"
#include "api/cli/roots.h"
#include "api/cli/serve.h"
#include "api/cli/tls.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define START_MS  30000
#define ROOTS_MS  1000
#define MANY_ENDS 5 /* in a row: somebody should look */

/* SIGINT, SIGTERM: stop.  SIGCHLD: look.  They wake sigtimedwait() only. */
static sigset_t signals;

static void
hold_signals(void)
{
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* Has somebody asked us to stop?  Waits so long for an answer. */
static bool
asked_to_stop(int wait_ms)
{
	struct timespec ts = { wait_ms / 1000, wait_ms % 1000 * 1000000L };
	int sig = sigtimedwait(&signals, NULL, &ts);

	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP;
}

/* Can nginx listen there?  To be known before anything starts. */
static int
check_port(const char *listen_at, int port, const char *option)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	char service[16];
	int fd = -1, on = 1, rc = -1;

	(void)snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(listen_at, service, &hints, &ai) != 0)
		return err_set(
		    ERR_INPUT, "%s is no address to listen on", listen_at);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd != -1 && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, 1) == 0)
		rc = 0;
	else if (errno == EADDRINUSE)
		err_set_code(ERR_CONFLICT, "PORT_IN_USE",
		    "port %d of %s is in use: choose another one by %s", port,
		    listen_at, option);
	else
		err_set(ERR_DENIED, "could not listen on port %d of %s: %s",
		    port, listen_at, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	freeaddrinfo(ai);
	return rc;
}

static bool
is_listening(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	yes =
	    fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	if (fd != -1)
		(void)close(fd);
	return yes;
}

/* Reap what ended; those that are wanted get a time for their next start. */
static void
reap(const char *log, struct process *all, size_t n)
{
	struct process *p;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		p = process_ended(all, n, pid, clock_ms());
		if (p == NULL || !p->wanted)
			continue;
		log_write(LOG_WARN, "%s ended (%s %d); starting it again",
		    p->name, WIFSIGNALED(status) ? "signal" : "exit code",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
		if (p->ends == MANY_ENDS)
			log_write(LOG_ALARM,
			    "%s has ended %u times, each soon after its "
			    "start; it is tried again each second: see "
			    "%s/%s.log",
			    p->name, p->ends, log, p->name);
	}
}

static void
start_due(const struct home *h, struct process *all, size_t n)
{
	struct process *p;

	for (p = all; p < all + n; p++)
		if (p->wanted && p->pid == 0 && p->due <= clock_ms() &&
		    process_start(p, h->log) == -1) {
			log_err("start a process");
			p->due = clock_ms() + 1000;
		}
}

/*
 * Start the i-th and wait until it serves; those before it are kept alive.  1:
 * asked to stop meanwhile; -1: it ended, or took too long.
 */
static int
bring_up(const struct home *h, struct process *all, size_t i)
{
	struct process *p = &all[i];
	int64_t until = clock_ms() + START_MS;

	p->wanted = true;
	if (process_start(p, h->log) == -1)
		return -1;
	for (;;) {
		if (asked_to_stop(20))
			return 1;
		reap(h->log, all, i + 1);
		start_due(h, all, i);
		if (p->pid == 0) {
			p->wanted = false;
			return process_failed(p, h->log, "ended at once");
		}
		if (p->socket[0] != '\0' ? is_listening(p->socket)
					 : clock_ms() - p->started > 200)
			return 0;
		if (clock_ms() > until)
			return process_failed(p, h->log, "does not answer");
	}
}

/* A request the way that everybody's goes: nginx, Kore, PostgreSQL. */
static int
wait_healthy(const struct home *h, struct process *all, size_t n)
{
	struct cli asker = { .var = h->in.var, .as = "", .quiet = true };
	int64_t until = clock_ms() + START_MS;
	json_t *v;

	while ((v = cli_get(&asker, "/v1/health")) == NULL) {
		if (asked_to_stop(100))
			return 1;
		reap(h->log, all, n);
		start_due(h, all, n);
		if (clock_ms() > until)
			return err_set(ERR_INTERNAL,
			    "the API does not answer (%s): see %s", err_text(),
			    h->log);
	}
	json_decref(v);
	return 0;
}

static void
tell(const struct cli *cli, const struct home *h)
{
	char self[INSTANCE_PATH_MAX];

	(void)snprintf(self, sizeof(self), "%.400s/assay", h->at.bin);
	cli_say(cli,
	    "assay: ready.\n"
	    "  API             %s  (TLS 1.3, client certificates)\n"
	    "  OCSP, CRLs      %s/ocsp  %s/crl/root.crl  %s/ca/root.cer\n"
	    "  everything      %s\n"
	    "  logs            %s\n"
	    "  credentials     %s/credentials\n"
	    "\n"
	    "Try next, in another terminal:\n"
	    "  export ASSAY_VAR=%s\n"
	    "  %s whoami --as officer-1\n"
	    "  %s org new --help\n"
	    "  curl --cacert %s/credentials/root.crt %s/v1/health\n"
	    "\n"
	    "Ctrl-C stops all of it; what was recorded stays.",
	    h->in.url, h->in.public_url, h->in.public_url, h->in.public_url,
	    h->in.var, h->log, h->in.var, h->in.var, self, self, h->in.var,
	    h->in.url);
	(void)fflush(stdout);
}

/*
 * A new root, or a new certificate of its own: nginx reads them again, and
 * finishes what it has.
 */
static void
follow_certificates(const struct home *h, const struct process *all, size_t n)
{
	static int64_t next;
	const char *what = NULL;
	size_t i;

	if (clock_ms() < next)
		return;
	next = clock_ms() + ROOTS_MS;
	if (roots_follow(&h->in) == 1)
		what = "the roots have";
	if (tls_follow(&h->in) == 1)
		what = "its certificate has";
	if (what == NULL)
		return;
	log_write(LOG_NOTE, "%s changed: nginx reads it again", what);
	for (i = 0; i < n; i++)
		if (strcmp(all[i].name, "nginx") == 0 && all[i].pid > 0)
			(void)kill(all[i].pid, SIGHUP);
}

/* Until somebody says stop: start again what ended. */
static void
watch(const struct home *h, struct process *all, size_t n)
{
	while (!asked_to_stop(100)) {
		reap(h->log, all, n);
		start_due(h, all, n);
		follow_certificates(h, all, n);
	}
}

/* From the outside in: what is asked of us first, the record last. */
static void
stop_all(struct process *all, size_t n)
{
	while (n-- > 0) {
		process_stop(&all[n]);
		process_free(&all[n]);
	}
	process_sweep();
}

static int
run_all(struct cli *cli, const struct home *h, struct process *all, size_t *n)
{
	size_t made;
	int rc;

	*n = 1; /* postgres is the first, whatever happens */
	if ((rc = init_instance(cli, h, &all[0], NULL)) == INIT_WAITS)
		return err_set_code(ERR_CONFLICT, "ROOT_AWAITED",
		    "%s waits for its root: hold a ceremony with "
		    "%s/requests.json, then assay init --ceremony FOLDER "
		    "--root-sha256 HEX",
		    h->in.var, h->in.var);
	if (rc == -1)
		return -1;
	all[0].wanted = true;
	if ((made = serve_processes(h, all + 1)) == 0)
		return -1;
	for (; *n <= made; (*n)++)
		if ((rc = bring_up(h, all, *n)) != 0) {
			(*n)++;
			return rc == 1 ? 0 : -1;
		}
	if ((rc = wait_healthy(h, all, *n)) != 0)
		return rc == 1 ? 0 : -1;
	tell(cli, h);
	watch(h, all, *n);
	return 0;
}

static int
run(struct cli *cli)
{
	static struct process all[SERVE_MOST + 1];
	struct home h;
	size_t n = 0;
	int rc = -1;

	if (home_open(cli, &h) == -1)
		return -1;
	if (check_port(h.in.listen, h.in.port, "PORT= (--port)") == 0 &&
	    check_port(h.in.listen, h.in.public_port,
		"PUBLIC_PORT= (--public-port)") == 0) {
		/* Children of children come to us when their parent dies. */
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
		hold_signals();
		rc = run_all(cli, &h, all, &n);
		if (rc == 0) {
			cli_say(cli, "assay: stopping");
			(void)fflush(stdout);
		}
		stop_all(all, n);
	}
	home_close(&h);
	if (rc == 0)
		cli_say(cli, "assay: stopped");
	return rc;
}

static const struct cli_option run_options[] = {
	HOME_OPTIONS,
	CLI_OPTION_END,
};

const struct cli_command run_commands[] = {
	{ "run", NULL, NULL, "run the whole system in the foreground",
	    run_options, run,
	    "Makes the instance in the folder --var first, if there is none.  "
	    "Ctrl-C or\nSIGTERM stops everything in good order; a process "
	    "that dies is started again;\none that dies again and again is an "
	    "ALARM here." },
	CLI_END,
};
