/*
 * Published CRLs, read.  A number stands behind the entries: the file is
 * mapped, and of a large one a few pages are read.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
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
crl_number_of(const char *file)
{
	struct mapped m;
	uint64_t number = 0;

	if (map_file(file, &m)) {
		number = m.crl.number;
		(void)munmap(m.at, m.n);
	}
	return number;
}

uint64_t
crl_number_placed(const char *var, const char *path)
{
	char *file = xasprintf("%s/%s", var, path);
	uint64_t number = crl_number_of(file);

	free(file);
	return number;
}

struct visit {
	const char *folder; /* VAR/public/crl */
	uint32_t issuer;
	int (*visit)(uint32_t, const char *, const struct crl *, void *);
	void *ctx;
};

static int
visit_file(const char *name, void *ctx)
{
	struct visit *v = ctx;
	struct mapped m;
	char *file;
	int rc = 0;

	if (strstr(name, "-delta.crl") != NULL)
		return 0;
	file = xasprintf("%s/%s", v->folder, name);
	if (map_file(file, &m)) {
		rc = v->visit(v->issuer, file, &m.crl, v->ctx);
		(void)munmap(m.at, m.n);
	}
	free(file);
	return rc;
}

/* crl/ISSUER/SHARD.crl */
static int
visit_issuer(const char *name, void *ctx)
{
	struct visit v = *(struct visit *)ctx;
	unsigned issuer;
	char *folder;
	int rc;

	if (sscanf(name, "%u", &issuer) != 1 || issuer == 0)
		return 0;
	folder = xasprintf("%s/%s", v.folder, name);
	v.folder = folder;
	v.issuer = issuer;
	rc = io_each(folder, "*.crl", visit_file, &v);
	free(folder);
	return rc;
}

int
crl_placed_each(const char *var,
    int (*visit)(uint32_t issuer, const char *file, const struct crl *, void *),
    void *ctx)
{
	char *folder = xasprintf("%s/public/crl", var);
	struct visit v = { folder, TEMPLATE_ROOT_ID, visit, ctx };
	int rc = io_each(folder, "root.crl", visit_file, &v);

	if (rc == 0)
		rc = io_each(folder, "[0-9]*", visit_issuer, &v);
	free(folder);
	return rc;
}
