/*
 * Finding what belongs to this installation, and Debian's programs.
 */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/layout.h"
#include "base/err.h"
#include "base/io.h"

static bool
is_there(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	bool yes = access(path, R_OK) == 0;

	free(path);
	return yes;
}

/* Cut the last part of a path; false when there is none left. */
static bool
up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

int
layout_find(struct layout *l)
{
	char top[INSTANCE_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", l->bin, sizeof(l->bin) - 1);

	if (n <= 0 || n >= (ssize_t)sizeof(l->bin) - 32)
		return err_set(
		    ERR_INTERNAL, "could not find out where this program is");
	l->bin[n] = '\0';
	(void)up(l->bin);
	memcpy(top, l->bin, (size_t)n + 1);
	(void)up(top);
	(void)snprintf(l->lib, sizeof(l->lib), "%.400s/lib/assay", top);
	(void)snprintf(l->share, sizeof(l->share), "%.400s/share/assay", top);
	if (is_there(l->share, "db/schema"))
		return 0;
	memcpy(l->lib, l->bin, sizeof(l->bin));
	do {
		if (is_there(top, "db/schema") && is_there(top, "conf")) {
			memcpy(l->share, top, sizeof(top));
			return 0;
		}
	} while (up(top));
	return err_set(ERR_ABSENT,
	    "the schema and the templates that belong to %s are missing: they "
	    "are installed into ../share/assay",
	    l->bin);
}

int
layout_program(const char *name, char out[INSTANCE_PATH_MAX])
{
	const char *path = getenv("PATH"), *p;
	char *all = xasprintf("%s:/usr/local/sbin:/usr/sbin:/sbin",
	    path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	size_t n;

	for (p = all; *p != '\0'; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		(void)snprintf(
		    out, INSTANCE_PATH_MAX, "%.*s/%s", (int)n, p, name);
		if (n > 0 && access(out, X_OK) == 0) {
			free(all);
			return 0;
		}
	}
	free(all);
	return err_set(
	    ERR_ABSENT, "the program %s is missing: run `deploy/setup`", name);
}

static bool
has_postgres(const char *folder, char out[INSTANCE_PATH_MAX])
{
	if (!is_there(folder, "postgres") || !is_there(folder, "initdb"))
		return false;
	(void)snprintf(out, INSTANCE_PATH_MAX, "%s", folder);
	return true;
}

/* Debian's /usr/lib/postgresql/15/bin; version NULL: the newest of them. */
static bool
debian_postgres(const char *version, char out[INSTANCE_PATH_MAX])
{
	char *pattern = xasprintf(
	    "/usr/lib/postgresql/%s/bin", version != NULL ? version : "*");
	glob_t found;
	int best = -1;
	size_t i;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++) {
			int v = atoi(
			    found.gl_pathv[i] + strlen("/usr/lib/postgresql/"));

			if (v > best && has_postgres(found.gl_pathv[i], out))
				best = v;
		}
		globfree(&found);
	}
	free(pattern);
	return best != -1;
}

int
layout_postgres(const char *pgdata, char out[INSTANCE_PATH_MAX])
{
	const char *named = getenv("ASSAY_PGBIN");
	struct buf version = BUF_EMPTY;
	char *path;
	bool found = false;

	if (named != NULL && has_postgres(named, out))
		return 0;
	if (pgdata != NULL) {
		path = xasprintf("%s/PG_VERSION", pgdata);
		if (io_read_file(path, 64, &version) == 0) {
			((char *)version.p)[strcspn(buf_str(&version), "\n")] =
			    '\0';
			found = debian_postgres((char *)version.p, out);
		}
		free(path);
	}
	buf_free(&version);
	if (found || debian_postgres(NULL, out))
		return 0;
	if (layout_program("postgres", out) == -1)
		return -1;
	(void)up(out);
	return 0;
}
