/*
 * VAR: its folders, its secrets, and who keeps it.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/home.h"
#include "api/cli/home_conf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "key/pkcs11.h"
#include "key/private.h"

/* How long the children of one that was killed may take to end. */
#define LOCK_WAIT_MS 20000

static const char *const folders[] = { "authority", "api", "api/tmp",
	"evidence", "status", "status/ocsp", "public", "public/crl",
	"public/ca", "credentials", "nginx", "log", NULL };

/* Is it a folder of ours, where nobody else has a right in `closed`? */
static int
check_folder(
    const char *path, int (*look)(const char *, struct stat *), mode_t closed)
{
	struct stat st;

	if (look(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & closed) == 0)
		return 0;
	return err_set(ERR_DENIED,
	    "%s must be a folder of ours that nobody "
	    "else can %s",
	    path, closed == 077 ? "enter" : "write to");
}

/* Of VAR: others who may write there could exchange the keys. */
static int
make_folder(const char *path)
{
	return io_make_folder(path, 0700) == -1
	    ? -1
	    : check_folder(path, stat, S_IWOTH);
}

/* The lock's file has the pid of the one that took it. */
static bool
keeper_lives(int lock)
{
	char text[32] = "";
	int pid;

	if (pread(lock, text, sizeof(text) - 1, 0) <= 0)
		return false;
	pid = atoi(text);
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static int
lock_folder(const struct cli *cli, struct home *h, const char *var)
{
	char *path = xasprintf("%s/lock", var);
	int64_t until = clock_ms() + LOCK_WAIT_MS;
	bool told = false;

	/* No O_CLOEXEC: as long as a child lives, the folder is in use. */
	h->lock = open(path, O_RDWR | O_CREAT, 0600);
	free(path);
	if (h->lock == -1)
		return err_set(ERR_INTERNAL, "could not lock %s: %s", var,
		    strerror(errno));
	while (flock(h->lock, LOCK_EX | LOCK_NB) == -1) {
		if (keeper_lives(h->lock) || clock_ms() > until)
			return err_set_code(ERR_CONFLICT, "ALREADY_RUNNING",
			    "%s is in use: another assay runs on it", var);
		if (!told)
			cli_say(cli,
			    "assay: %s is in use; waiting for the processes "
			    "there to end",
			    var);
		told = true;
		(void)fflush(stdout);
		(void)usleep(100000);
	}
	if (ftruncate(h->lock, 0) == -1)
		log_write(LOG_WARN, "could not write to the lock");
	(void)dprintf(h->lock, "%d\n", (int)getpid());
	return 0;
}

int
home_name_user(struct home *h)
{
	struct passwd *pw = getpwuid(geteuid());

	if (geteuid() == 0)
		return err_set_code(ERR_DENIED, "NOT_AS_ROOT",
		    "not as root: use `make run` or deploy/run, which change "
		    "to the service user");
	if (pw == NULL)
		return err_set(ERR_INTERNAL,
		    "this user (%d) has no name, which PostgreSQL needs",
		    (int)geteuid());
	(void)snprintf(h->user, sizeof(h->user), "%s", pw->pw_name);
	return 0;
}

static int
make_folders(const struct home *h)
{
	char path[INSTANCE_PATH_MAX];
	size_t i;

	for (i = 0; folders[i] != NULL; i++)
		if (make_folder(instance_path(&h->in, path, "%s", folders[i])))
			return -1;
	/* for sockets: one that nobody else could have put there */
	return io_make_folder(h->in.run, 0700) == -1
	    ? -1
	    : check_folder(h->in.run, lstat, 077);
}

static int
keep_secret(const char *source)
{
	int fd = private_keep(source);

	if (fd > 0)
		process_keep(fd);
	return fd == -1 ? -1 : 0;
}

/* The authority reads them at each of its starts. */
static int
keep_secrets(const struct instance *in)
{
	char *pin = pkcs11_pin_source(in->pkcs11_token);
	int rc = keep_secret(in->passphrase_file);

	if (rc == 0 && pin != NULL && strcmp(pin, in->passphrase_file) != 0)
		rc = keep_secret(pin);
	free(pin);
	return rc;
}

/* Its files are users' of their own, and it is at work perhaps. */
static int
refuse_separate(const struct cli *cli)
{
	char *path = xasprintf("%s/assay.cnf", cli->var);
	struct instance in;
	int rc = 0;

	if (access(path, R_OK) == 0 && instance_open(path, &in) == 0 &&
	    in.separate)
		rc = err_set_code(ERR_CONFLICT, "SEPARATE",
		    "the programs of %s are users of their own: a service "
		    "manager starts them (separate in assay.cnf)",
		    in.var);
	free(path);
	return rc;
}

int
home_open(struct cli *cli, struct home *h)
{
	char *var = NULL;
	int rc = -1;

	memset(h, 0, sizeof(*h));
	h->lock = -1;
	(void)umask(077);
	if (home_name_user(h) == -1 || layout_find(&h->at) == -1 ||
	    refuse_separate(cli) == -1 || make_folder(cli->var) == -1)
		goto out;
	if ((var = realpath(cli->var, NULL)) == NULL ||
	    strlen(var) > INSTANCE_PATH_MAX - 100) {
		err_set(ERR_INPUT, "could not use the folder %s", cli->var);
		goto out;
	}
	(void)snprintf(h->conf, sizeof(h->conf), "%.400s/assay.cnf", var);
	(void)snprintf(h->log, sizeof(h->log), "%.400s/log", var);
	if (lock_folder(cli, h, var) == -1 ||
	    home_conf_settle(cli, h, var) == -1)
		goto out;
	if (strcmp(h->in.var, var) != 0) {
		err_set(ERR_CONFLICT,
		    "%s says var = %s, but it is in %s: was the folder moved? "
		    "Change its paths",
		    h->conf, h->in.var, var);
		goto out;
	}
	rc = keep_secrets(&h->in) == 0 ? make_folders(h) : -1;
out:
	free(var);
	if (rc == -1)
		home_close(h);
	return rc;
}

void
home_close(struct home *h)
{
	/* Sockets that VAR is too long for were elsewhere. */
	if (h->lock != -1 && h->in.run[0] != '\0' &&
	    strncmp(h->in.run, h->in.var, strlen(h->in.var)) != 0)
		(void)rmdir(h->in.run);
	if (h->lock != -1)
		(void)close(h->lock);
	h->lock = -1;
}

bool
home_is_ready(const struct home *h)
{
	char path[INSTANCE_PATH_MAX];

	return access(instance_path(&h->in, path, "credentials/root.crt"),
		   F_OK) == 0;
}
