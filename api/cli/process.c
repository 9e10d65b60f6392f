/*
 * Children: started, watched, stopped.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/process.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"

/* A process that ran this long before it ended starts afresh. */
#define STEADY_MS 10000

extern char **environ;

static char *
format(const char *fmt, va_list ap)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	return xstrdup(text);
}

void
process_arg(struct process *p, const char *fmt, ...)
{
	va_list ap;
	size_t i = 0;

	while (p->argv[i] != NULL)
		i++;
	if (i + 1 >= PROCESS_ARGS_MAX)
		abort();
	va_start(ap, fmt);
	p->argv[i] = format(fmt, ap);
	va_end(ap);
}

void
process_env(struct process *p, const char *fmt, ...)
{
	va_list ap;
	size_t i = 0;

	while (p->env[i] != NULL)
		i++;
	if (i + 1 >= PROCESS_ENV_MAX)
		abort();
	va_start(ap, fmt);
	p->env[i] = format(fmt, ap);
	va_end(ap);
}

void
process_free(struct process *p)
{
	size_t i;

	for (i = 0; i < PROCESS_ARGS_MAX; i++)
		free(p->argv[i]);
	for (i = 0; i < PROCESS_ENV_MAX; i++)
		free(p->env[i]);
	memset(p, 0, sizeof(*p));
}

void
process_limit(const struct process *p)
{
	struct rlimit files;

	if (p->files != 0 && getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur > (rlim_t)p->files) {
		files.rlim_cur = (rlim_t)p->files;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Between fork and exec. */
static void
become(struct process *p, pid_t parent, int log)
{
	/* Ignored stays ignored: in a shell's background, SIGINT is. */
	static const int heard[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
		SIGCHLD };
	sigset_t none;
	size_t i;
	int null;

	for (i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		(void)signal(heard[i], SIG_DFL);

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, p->orphan_signal);
	if (getppid() != parent)
		_exit(1); /* it died before we had asked */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if ((null = open("/dev/null", O_RDONLY)) != -1)
		(void)dup2(null, STDIN_FILENO);
	(void)dup2(log, STDOUT_FILENO);
	(void)dup2(log, STDERR_FILENO);
	if (!p->descriptors)
		(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	process_limit(p);
	for (i = 0; p->env[i] != NULL; i++)
		(void)putenv(p->env[i]);
	(void)execv(p->program, p->argv);
	dprintf(STDERR_FILENO, "could not run %s: %s\n", p->program,
	    strerror(errno));
	_exit(127);
}

static int kept[2]; /* a passphrase, and a PIN; 0: none */

void
process_keep(int fd)
{
	kept[kept[0] != 0 && kept[0] != fd] = fd;
}

static void
rewind_kept(void)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (kept[i] != 0)
			(void)lseek(kept[i], 0, SEEK_SET);
}

int
process_start(struct process *p, const char *log)
{
	char *path = xasprintf("%s/%s.log", log, p->name);
	pid_t self = getpid();
	int fd;

	/* Nothing may look ready because of the one before. */
	if (p->socket[0] != '\0' && unlink(p->socket) == -1 &&
	    errno != ENOENT) {
		free(path);
		return err_set(ERR_INTERNAL, "could not remove %s: %s",
		    p->socket, strerror(errno));
	}
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1) {
		err_set(ERR_INTERNAL, "could not open %s: %s", path,
		    strerror(errno));
		free(path);
		return -1;
	}
	free(path);
	if (p->descriptors)
		rewind_kept();
	p->pid = fork();
	if (p->pid == 0)
		become(p, self, fd);
	(void)close(fd);
	if (p->pid == -1) {
		p->pid = 0;
		return err_set(ERR_INTERNAL, "could not start %s: %s", p->name,
		    strerror(errno));
	}
	p->started = clock_ms();
	return 0;
}

/* Wait for one child: true when it has ended by then. */
static bool
wait_until(pid_t pid, int *status, int64_t until)
{
	pid_t got;

	for (;;) {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid || (got == -1 && errno != EINTR))
			return true;
		if (clock_ms() >= until)
			return false;
		(void)usleep(5000);
	}
}

int
process_run(struct process *p, const char *log, int timeout_ms)
{
	int status = 0;

	if (process_start(p, log) == -1)
		return -1;
	if (!wait_until(p->pid, &status, clock_ms() + timeout_ms)) {
		(void)kill(-p->pid, SIGKILL);
		(void)waitpid(p->pid, &status, 0);
		p->pid = 0;
		return err_set(ERR_INTERNAL, "%s took longer than %d s",
		    p->name, timeout_ms / 1000);
	}
	p->pid = 0;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return err_set(ERR_INTERNAL, "%s was killed by signal %d", p->name,
	    WTERMSIG(status));
}

struct process *
process_ended(struct process *all, size_t n, pid_t pid, int64_t now)
{
	struct process *p;
	int64_t wait;

	for (p = all; p < all + n; p++) {
		if (p->pid != pid)
			continue;
		/* What it has left behind in its session goes with it. */
		(void)kill(-pid, SIGKILL);
		p->pid = 0;
		p->ends = now - p->started > STEADY_MS ? 1 : p->ends + 1;
		wait = p->ends < 2 ? 0
		    : p->ends > 4  ? 1000
				   : 200 << (p->ends - 2);
		p->due = now + wait;
		return p;
	}
	return NULL;
}

void
process_stop(struct process *p)
{
	int status;

	p->wanted = false;
	if (p->pid == 0)
		return;
	(void)kill(p->pid, p->stop_signal);
	if (!wait_until(p->pid, &status, clock_ms() + p->patience_ms)) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, &status, 0);
	}
	(void)kill(-p->pid, SIGKILL);
	p->pid = 0;
	if (p->socket[0] != '\0')
		(void)unlink(p->socket);
	if (p->bell[0] != '\0')
		(void)unlink(p->bell);
}

/* The children that the kernel lists as ours: some were our children's. */
static size_t
kill_children(int sig)
{
	char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
	struct buf list = BUF_EMPTY;
	const char *s;
	char *end;
	size_t n = 0;
	long pid;

	if (io_read_file(path, 65536, &list) == 0)
		for (s = buf_str(&list); (pid = strtol(s, &end, 10)) > 0;
		     s = end, n++)
			(void)kill((pid_t)pid, sig);
	buf_free(&list);
	free(path);
	return n;
}

void
process_sweep(void)
{
	int64_t until = clock_ms() + 5000;

	while (clock_ms() < until) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (kill_children(SIGKILL) == 0)
			return;
		(void)usleep(10000);
	}
}

#define TAIL 1024 /* of a log: its last line */

int
process_failed(const struct process *p, const char *log, const char *what)
{
	char *path = xasprintf("%s/%s.log", log, p->name);
	char text[TAIL + 1] = "", *line, *said = NULL, *rest = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd != -1 ? lseek(fd, 0, SEEK_END) : 0;

	if (size > 0 &&
	    pread(fd, text, TAIL, size > TAIL ? size - TAIL : 0) == -1)
		text[0] = 0;
	if (fd != -1)
		(void)close(fd);
	/* PostgreSQL says that it is shut down, behind why. */
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (said == NULL || strstr(said, "FATAL:") == NULL ||
		    strstr(line, "FATAL:") != NULL)
			said = line;
	(void)err_set(ERR_INTERNAL, "%s %s: %s (%s)", p->name, what,
	    said != NULL ? said : "it wrote nothing", path);
	free(path);
	return -1;
}
