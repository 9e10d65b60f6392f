/*
 * Published CRLs, read.  A number stands behind the entries: the file is
 * mapped, and of a large one a few pages are read.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "issue/template.h"
#include "revoke/crl_placed.h"
#include "x509/crl_read.h"

struct mapped {
	void *at;
	size_t n;
	struct crl crl;
};

static int
map_open(int fd, struct mapped *m)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || st.st_size < 1)
		return err_set(ERR_INPUT, "it is empty");
	m->n = (size_t)st.st_size;
	m->at = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m->at == MAP_FAILED)
		return io_err("map", "it");
	if (crl_parse(span_of(m->at, m->n), &m->crl) == 0)
		return 0;
	(void)munmap(m->at, m->n);
	return -1;
}

/* 1, 0 for none, whose reason the log has if it is none of absence. */
static int
map_file(const char *file, struct mapped *m)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), rc;

	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	rc = fd == -1 ? io_err("open", file) : map_open(fd, m);
	if (rc == -1)
		log_write(LOG_WARN, "the CRL in %s is not read: %s", file,
		    err_text());
	if (fd != -1)
		(void)close(fd);
	return rc == 0;
}

uint64_t
crl_number_placed(const char *var, const char *path)
{
	char *file = xasprintf("%s/%s", var, path);
	struct mapped m;
	uint64_t number = 0;

	if (map_file(file, &m)) {
		number = m.crl.number;
		(void)munmap(m.at, m.n);
	}
	free(file);
	return number;
}

/* crl/root.crl, crl/ISSUER/SHARD.crl; 0: another file. */
static uint32_t
issuer_of(const char *path)
{
	const char *delta = strstr(path, "-delta.crl");
	unsigned issuer;

	if (strcmp(path, "root.crl") == 0)
		return TEMPLATE_ROOT_ID;
	return delta == NULL && sscanf(path, "%u/", &issuer) == 1 ? issuer : 0;
}

int
crl_placed_each(const char *var,
    int (*visit)(uint32_t issuer, const struct crl *, void *), void *ctx)
{
	char *folder = xasprintf("%s/public/crl/", var);
	char *pattern = xasprintf("%s{*.crl,*/*.crl}", folder);
	struct mapped m;
	uint32_t issuer;
	glob_t found;
	size_t i;
	int rc = 0;

	if (glob(pattern, GLOB_BRACE | GLOB_NOSORT, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc && rc == 0; i++) {
			issuer = issuer_of(found.gl_pathv[i] + strlen(folder));
			if (issuer == 0 || !map_file(found.gl_pathv[i], &m))
				continue;
			rc = visit(issuer, &m.crl, ctx);
			(void)munmap(m.at, m.n);
		}
		globfree(&found);
	}
	free(pattern);
	free(folder);
	return rc;
}
