/*
 * VAR: its folders, its settings, and who keeps it.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/home.h"
#include "api/cli/template.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "key/hash.h"
#include "key/pkcs11.h"
#include "key/private.h"

/* PostgreSQL's own names are the longest: /.s.PGSQL.5432.lock */
#define RUN_MOST 80
/* How long the children of one that was killed may take to end. */
#define LOCK_WAIT_MS 20000

static const char *const folders[] = { "authority", "api", "api/tmp",
	"evidence", "status", "status/ocsp", "public", "public/crl",
	"public/ca", "credentials", "nginx", "log", NULL };

/* Not every machine, and hardly a container, knows its own name. */
static bool
resolves(const char *host)
{
	struct addrinfo *ai = NULL;

	if (getaddrinfo(host, NULL, NULL, &ai) != 0)
		return false;
	freeaddrinfo(ai);
	return true;
}

/* An address as it stands in a URL. */
static char *
url_of(const char *scheme, const char *listen, const char *port)
{
	bool six = strchr(listen, ':') != NULL;
	char host[256];

	(void)snprintf(host, sizeof(host), "%s", listen);
	/* Nobody can connect to "every address". */
	if (strcmp(listen, "0.0.0.0") == 0 || strcmp(listen, "::") == 0) {
		six = false;
		if (gethostname(host, sizeof(host)) == -1 || !resolves(host))
			(void)snprintf(host, sizeof(host), "localhost");
	}
	return xasprintf("%s://%s%s%s:%s", scheme, six ? "[" : "", host,
	    six ? "]" : "", port);
}

/* VAR/run, or where a longer path would not fit into a socket's address. */
static char *
run_folder(const char *var)
{
	uint8_t digest[HASH_SIZE];
	struct buf hex = BUF_EMPTY;
	char *run = xasprintf("%s/run", var);

	if (strlen(run) <= RUN_MOST)
		return run;
	free(run);
	hash_sha256(span_str(var), digest);
	hex_encode(&hex, span_of(digest, 8));
	run = xasprintf("/tmp/assay-%s", buf_str(&hex));
	buf_free(&hex);
	return run;
}

static int
write_conf(const struct cli *cli, const struct home *h, const char *var)
{
	const char *listen = cli_option_or(cli, "listen", "127.0.0.1"),
		   *port = cli_option_or(cli, "port", "8443"),
		   *public_port = cli_option_or(cli, "public-port", "8080");
	char *url = url_of("https", listen, port),
	     *public_url = url_of("http", listen, public_port),
	     *run = run_folder(var), from[INSTANCE_PATH_MAX];
	const struct template_value values[] = {
		{ "VAR", var },
		{ "RUN", run },
		{ "SHARE", h->at.share },
		{ "LISTEN", listen },
		{ "PORT", port },
		{ "PUBLIC_PORT", public_port },
		{ "URL", url },
		{ "PUBLIC_URL", cli_option_or(cli, "public-url", public_url) },
		{ "OID_ARC", cli_option_or(cli, "oid-arc", "2.999.33812") },
		{ "BODY_NAME", cli_option_or(cli, "body-name", "Assay Body") },
		{ "BODY_COUNTRY", cli_option_or(cli, "body-country", "XX") },
		{ "ROOT",
		    cli_option_or(cli, "root",
			strcmp(cli->command->noun, "run") == 0 ? "online"
							       : "offline") },
		{ "ROOT_ALGORITHM", cli_option_or(cli, "root-algorithm", "") },
		{ "ACCESS_ALGORITHM",
		    cli_option_or(cli, "access-algorithm", "") },
		{ "ISSUER_ALGORITHM",
		    cli_option_or(cli, "issuer-algorithm", "") },
		{ "PASSPHRASE_FILE",
		    cli_option_or(cli, "passphrase-file", "") },
		{ "TOKEN", cli_option_or(cli, "pkcs11-token", "") },
		{ NULL, NULL },
	};
	int rc;

	(void)snprintf(
	    from, sizeof(from), "%.400s/conf/assay.cnf.in", h->at.share);
	rc = template_write(from, values, h->conf);
	free(url);
	free(public_url);
	free(run);
	return rc;
}

int
home_set(struct span text, const char *name, const char *value, struct buf *out)
{
	const char *p = (const char *)text.p, *end = p + text.n, *line;
	size_t len = strlen(name);
	bool done = false;

	for (; p < end; p = line) {
		line = memchr(p, '\n', (size_t)(end - p));
		line = line != NULL ? line + 1 : end;
		if ((size_t)(line - p) > len && memcmp(p, name, len) == 0 &&
		    p[len + strspn(p + len, " \t")] == '=') {
			buf_printf(out, "%s = %s\n", name, value);
			done = true;
		} else
			buf_put(out, p, (size_t)(line - p));
	}
	if (!done)
		return err_set(ERR_ABSENT, "there is no setting %s", name);
	return 0;
}

static int
change(const struct home *h, const char *name, const char *value)
{
	struct buf in = BUF_EMPTY, out = BUF_EMPTY;
	int rc = -1;

	if (io_read_file(h->conf, 65536, &in) == 0) {
		(void)buf_str(&in); /* home_set() may look one octet ahead */
		if (home_set(buf_span(&in), name, value, &out) == 0)
			rc = io_write_file(h->conf, 0600, buf_span(&out));
	}
	buf_free(&in);
	buf_free(&out);
	return rc;
}

/*
 * What options say otherwise than assay.cnf.  Not public_url: certificates
 * have it in them by now.
 */
static int
change_conf(const struct cli *cli, struct home *h)
{
	static const char *const names[][2] = { { "listen", "listen" },
		{ "port", "port" }, { "public-port", "public_port" } };
	const char *value;
	char *url;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = cli_option(cli, names[i][0]);
		if (value != NULL && change(h, names[i][1], value) == -1)
			return -1;
	}
	if (cli_option(cli, "port") == NULL &&
	    cli_option(cli, "listen") == NULL)
		return instance_open(h->conf, &h->in);
	if (instance_open(h->conf, &h->in) == -1)
		return -1;
	value = xasprintf("%d", h->in.port);
	url = url_of("https", h->in.listen, value);
	rc = change(h, "url", url);
	free(url);
	free((char *)(uintptr_t)value);
	return rc == 0 ? instance_open(h->conf, &h->in) : -1;
}

/* Options into assay.cnf; what is refused is not remembered. */
static int
settle_conf(const struct cli *cli, struct home *h, const char *var)
{
	bool first = access(h->conf, F_OK) == -1;
	struct buf before = BUF_EMPTY;
	int rc;

	if (first)
		rc = write_conf(cli, h, var) == 0
		    ? instance_open(h->conf, &h->in)
		    : -1;
	else if ((rc = io_read_file(h->conf, 65536, &before)) == 0)
		rc = change_conf(cli, h);
	if (rc == -1 && first)
		(void)unlink(h->conf);
	else if (rc == -1 && before.n > 0)
		(void)io_write_file(h->conf, 0600, buf_span(&before));
	buf_free(&before);
	return rc;
}

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

static int
name_user(struct home *h)
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

int
home_open(struct cli *cli, struct home *h)
{
	char *var = NULL;
	int rc = -1;

	memset(h, 0, sizeof(*h));
	h->lock = -1;
	(void)umask(077);
	if (name_user(h) == -1 || layout_find(&h->at) == -1 ||
	    make_folder(cli->var) == -1)
		goto out;
	if ((var = realpath(cli->var, NULL)) == NULL ||
	    strlen(var) > INSTANCE_PATH_MAX - 100) {
		err_set(ERR_INPUT, "could not use the folder %s", cli->var);
		goto out;
	}
	(void)snprintf(h->conf, sizeof(h->conf), "%.400s/assay.cnf", var);
	(void)snprintf(h->log, sizeof(h->log), "%.400s/log", var);
	if (lock_folder(cli, h, var) == -1 || settle_conf(cli, h, var) == -1)
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
