/*
 * The private PostgreSQL cluster: made, started, filled.
 */

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cluster.h"
#include "api/cli/template.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "db/conn.h"
#include "db/migrate.h"
#include "db/ruleset.h"
#include "db/tre_kind.h"

#define INITDB_MS   120000
#define PSQL_MS	    60000
#define PATIENCE_MS 60000 /* for it to end */

#define CONTAINER_LIMIT "/sys/fs/cgroup/memory.max"
#define BUFFERS_LEAST	128 /* MiB, as PostgreSQL has it by itself */
#define BUFFERS_MOST	4096

static int
find_program(const struct home *h, const char *name, struct process *p)
{
	char data[INSTANCE_PATH_MAX], bin[INSTANCE_PATH_MAX];

	memset(p, 0, sizeof(*p));
	if (layout_postgres(instance_path(&h->in, data, "postgres"), bin) == -1)
		return -1;
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(p->program, sizeof(p->program), "%.400s/%s", bin, name);
	p->orphan_signal = SIGKILL;
	/* Whole: initdb looks beside itself for postgres, not in PATH. */
	process_arg(p, "%s", p->program);
	return 0;
}

/*
 * What one that was killed has left.  Its initdb ends with it, but not at once
 * the server that this had started: it may put a file where all had been
 * removed.
 */
static int
remove_unfinished(const struct home *h, const char *made)
{
	struct process p;
	int rc = 1, tries;

	for (tries = 0; rc > 0 && tries < 20; tries++) {
		if (tries > 0)
			(void)usleep(250000);
		p = (struct process){ .name = "initdb",
			.program = "/bin/rm",
			.orphan_signal = SIGKILL };
		process_arg(&p, "rm");
		process_arg(&p, "-rf");
		process_arg(&p, "%s", made);
		rc = process_run(&p, h->log, PSQL_MS);
		process_free(&p);
	}
	return rc <= 0 ? rc
		       : err_set(ERR_INTERNAL, "could not remove %s", made);
}

/* Into a folder beside, so that one that was interrupted is no half one. */
static int
run_initdb(const struct home *h)
{
	char data[INSTANCE_PATH_MAX], made[INSTANCE_PATH_MAX];
	struct process p;
	int rc;

	instance_path(&h->in, data, "postgres");
	instance_path(&h->in, made, "postgres.new");
	if (access(data, F_OK) == 0)
		return 0;
	if (access(made, F_OK) == 0 && remove_unfinished(h, made) == -1)
		return -1;
	if (find_program(h, "initdb", &p) == -1)
		return -1;
	process_arg(&p, "--pgdata=%s", made);
	process_arg(&p, "--auth=peer");
	process_arg(&p, "--encoding=UTF8");
	process_arg(&p, "--locale=C.UTF-8");
	process_arg(&p, "--data-checksums");
	rc = process_run(&p, h->log, INITDB_MS);
	process_free(&p);
	if (rc == -1)
		return -1;
	if (rc != 0)
		return err_set(
		    ERR_INTERNAL, "initdb failed: see %s/initdb.log", h->log);
	return io_rename(made, data);
}

/* An eighth of the machine's memory, or of what the container may have. */
static void
put_buffers(char out[24])
{
	uint64_t most =
	    (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	struct buf limit = BUF_EMPTY;
	uint64_t n;

	if (io_read_file(CONTAINER_LIMIT, 64, &limit) == 0 &&
	    (n = strtoull(buf_str(&limit), NULL, 10)) != 0 && n < most)
		most = n; /* "max" is none */
	buf_free(&limit);
	n = most >> 23; /* MiB */
	if (n < BUFFERS_LEAST)
		n = BUFFERS_LEAST;
	if (n > BUFFERS_MOST)
		n = BUFFERS_MOST;
	(void)snprintf(out, 24, "%lluMB", (unsigned long long)n);
}

int
cluster_make(const struct home *h)
{
	char buffers[24];
	static const char *const files[] = { "postgresql.conf", "pg_hba.conf",
		"pg_ident.conf" };
	const struct template_value values[] = { { "RUN", h->in.run },
		{ "VAR", h->in.var }, { "USER", h->user },
		{ "SHARED_BUFFERS", buffers }, { NULL, NULL } };
	char from[INSTANCE_PATH_MAX], to[INSTANCE_PATH_MAX],
	    mark[INSTANCE_PATH_MAX];
	size_t i;

	if (run_initdb(h) == -1)
		return -1;
	/* Once: from then on they are the administrator's. */
	if (access(instance_path(&h->in, mark, "postgres/assay.made"), F_OK) ==
	    0)
		return 0;
	put_buffers(buffers);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(from, sizeof(from), "%.400s/conf/%s.in",
		    h->at.share, files[i]);
		instance_path(&h->in, to, "postgres/%s", files[i]);
		if (template_write(from, values, to) == -1)
			return -1;
	}
	return io_write_file(mark, 0600, span_str(""));
}

int
cluster_process(const struct home *h, struct process *p)
{
	char data[INSTANCE_PATH_MAX];

	if (find_program(h, "postgres", p) == -1)
		return -1;
	process_arg(p, "-D");
	process_arg(p, "%s", instance_path(&h->in, data, "postgres"));
	p->stop_signal = SIGINT; /* fast: ends sessions, writes all */
	p->orphan_signal = SIGINT;
	p->patience_ms = PATIENCE_MS;
	return 0;
}

/* Does that process work on this folder? */
static bool
works_on(pid_t pid, const char *folder)
{
	struct buf words = BUF_EMPTY;
	char path[64];
	bool yes;

	(void)snprintf(
	    path, sizeof(path), "/proc/%lld/cmdline", (long long)pid);
	yes = io_read_file(path, 65536, &words) == 0 &&
	    memmem(words.p, words.n, folder, strlen(folder)) != NULL;
	buf_free(&words);
	return yes;
}

void
cluster_wait_earlier(const struct home *h)
{
	char folder[INSTANCE_PATH_MAX], path[INSTANCE_PATH_MAX];
	int64_t until = clock_ms() + PATIENCE_MS;
	struct buf text = BUF_EMPTY;
	pid_t pid = 0;

	instance_path(&h->in, folder, "postgres");
	instance_path(&h->in, path, "postgres/postmaster.pid");
	if (io_read_file(path, 4096, &text) == 0)
		pid = (pid_t)strtol(buf_str(&text), NULL, 10);
	buf_free(&text);
	while (pid > 0 && works_on(pid, folder) && clock_ms() < until)
		(void)usleep(50000);
}

static struct db *
open_as_superuser(const struct home *h, const char *database)
{
	char info[INSTANCE_CONNINFO_MAX];

	(void)snprintf(info, sizeof(info),
	    "host='%s' port=5432 dbname=%s user=%s connect_timeout=5",
	    h->in.run, database, h->user);
	return db_open(info);
}

/* Has it ended?  It stays to be reaped by whoever keeps it. */
static bool
has_ended(pid_t pid)
{
	siginfo_t si = { .si_pid = 0 };

	return pid == 0 ||
	    waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) == -1 ||
	    si.si_pid == pid;
}

int
cluster_wait(
    const struct home *h, const struct process *postgres, int timeout_ms)
{
	struct db *db = open_as_superuser(h, "postgres");
	int64_t until = clock_ms() + timeout_ms;
	struct db_rows *rows = NULL;

	while ((rows = db_query(db, "ready", NULL)) == NULL) {
		if ((postgres != NULL && has_ended(postgres->pid)) ||
		    clock_ms() > until)
			break;
		(void)usleep(50000);
	}
	db_close(db);
	if (rows == NULL)
		return postgres != NULL
		    ? process_failed(postgres, h->log, "did not start")
		    : err_set(ERR_INTERNAL, "PostgreSQL does not answer");
	rows_free(rows);
	return 0;
}

/* A script of ours, by psql: SQL stays in .sql files. */
static int
run_script(const struct home *h, const char *database, const char *script)
{
	char path[INSTANCE_PATH_MAX];
	struct process p;
	int rc;

	if (find_program(h, "psql", &p) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%.400s/db/%s", h->at.share, script);
	process_arg(&p, "-X");
	process_arg(&p, "-q");
	process_arg(&p, "--set=ON_ERROR_STOP=1");
	process_arg(&p, "--host=%s", h->in.run);
	process_arg(&p, "--port=5432");
	process_arg(&p, "--username=%s", h->user);
	process_arg(&p, "--dbname=%s", database);
	process_arg(&p, "--set=body_name=%s", h->in.body_name);
	process_arg(&p, "--set=body_country=%s", h->in.body_country);
	process_arg(&p, "--file=%s", path);
	rc = process_run(&p, h->log, PSQL_MS);
	process_free(&p);
	if (rc > 0)
		return err_set(
		    ERR_INTERNAL, "%s failed: see %s/psql.log", path, h->log);
	return rc;
}

int
cluster_prepare(const struct home *h)
{
	char folder[INSTANCE_PATH_MAX];
	struct db *db;
	int rc;

	if (run_script(h, "postgres", "bootstrap.sql") == -1)
		return -1;
	(void)snprintf(folder, sizeof(folder), "%.400s/db/schema", h->at.share);
	db = open_as_superuser(h, "assay");
	rc = db_migrate(db, folder);
	if (rc != -1) {
		(void)snprintf(folder, sizeof(folder), "%.400s/policy/rulesets",
		    h->at.share);
		rc = db_ruleset_load(db, folder);
	}
	if (rc != -1) {
		(void)snprintf(folder, sizeof(folder),
		    "%.400s/policy/tre-kinds.json", h->at.share);
		rc = db_tre_kind_load(db, folder);
	}
	db_close(db);
	if (rc == -1)
		return -1;
	return run_script(h, "assay", "first.sql");
}
