/*
 * Publications become files.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "revoke/crl_placed.h"
#include "revoke/place.h"
#include "x509/crl_read.h"

/* A thousand million certificates have thirty thousand CRLs and deltas. */
#define CHAINS 16384

struct placed {
	struct placed *next;
	char *path;
	int64_t id;
};

struct place {
	char *var;
	struct placed *chains[CHAINS]; /* by a hash of the path */
};

struct place *
place_open(const char *var)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->var = xstrdup(var);
	return p;
}

void
place_free(struct place *p)
{
	struct placed *f, *next;
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < CHAINS; i++)
		for (f = p->chains[i]; f != NULL; f = next) {
			next = f->next;
			free(f->path);
			free(f);
		}
	free(p->var);
	free(p);
}

/* FNV-1a */
static size_t
chain_of(const char *path)
{
	uint32_t h = 2166136261;

	for (; *path != '\0'; path++)
		h = (h ^ (uint8_t)*path) * 16777619;
	return h % CHAINS;
}

static struct placed *
find(const struct place *p, const char *path)
{
	struct placed *f = p->chains[chain_of(path)];

	while (f != NULL && strcmp(f->path, path) != 0)
		f = f->next;
	return f;
}

/*
 * A number of the feed or of the kit is published once: the file that is there
 * is it.  There are thousands of them, and at a start none needs to be read
 * again.
 */
static bool
is_kept(const struct place *p, const char *path)
{
	size_t folder = strncmp(path, "public/feed/", 12) == 0 ? 12
	    : strncmp(path, "public/kit/", 11) == 0	       ? 11
							       : 0;
	char *file;
	bool kept;

	if (folder == 0 || path[folder] < '0' || path[folder] > '9')
		return false;
	file = xasprintf("%s/%s", p->var, path);
	kept = access(file, F_OK) == 0;
	free(file);
	return kept;
}

bool
place_wants(const struct place *p, int64_t id, const char *path)
{
	const struct placed *f = find(p, path);

	return f == NULL ? !is_kept(p, path) : f->id < id;
}

static void
remember(struct place *p, int64_t id, const char *path)
{
	struct placed *f = find(p, path);

	if (f == NULL) {
		struct placed **chain = &p->chains[chain_of(path)];

		f = xcalloc(1, sizeof(*f));
		f->path = xstrdup(path);
		f->next = *chain;
		*chain = f;
	}
	f->id = id;
}

/*
 * The path goes into the file system with our rights, beside keys and the
 * index: so it may only be what a publication looks like.
 */
static bool
allowed(const char *path)
{
	static const char *const under[] = { "public/crl/", "public/ca/",
		"public/feed/", "public/kit/", "status/ocsp/", "status/tls/" };
	const char *c;
	size_t i;

	for (c = path; *c != '\0'; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
			*c == '-' || *c == '_' || *c == '/' ||
			(*c == '.' && c > path && c[-1] != '.' &&
			    c[-1] != '/')))
			return false;
	for (i = 0; i < sizeof(under) / sizeof(under[0]); i++)
		if (strncmp(path, under[i], strlen(under[i])) == 0 &&
		    path[strlen(under[i])] != '\0')
			return c[-1] != '/';
	return false;
}

static bool
is_public(const char *path)
{
	return strncmp(path, "public/", 7) == 0;
}

/*
 * A database that was put back has older CRLs than the world, and nobody may
 * have noticed yet.
 */
static bool
is_older(const struct place *p, const char *path, struct span content)
{
	struct crl c;

	return strncmp(path, "public/crl/", 11) == 0 &&
	    crl_parse(content, &c) == 0 &&
	    crl_number_placed(p->var, path) > c.number;
}

static bool
is_there(const char *file, struct span content)
{
	struct buf old = BUF_EMPTY;
	bool same = io_read_file(file, content.n, &old) == 0 &&
	    span_equal(buf_span(&old), content);

	buf_free(&old);
	return same;
}

/* Last-Modified and ETag are the file's time: the same on every host. */
static int
set_time(const char *file, int64_t made)
{
	struct timespec times[2] = { { .tv_sec = made }, { .tv_sec = made } };

	return utimensat(AT_FDCWD, file, times, 0) == 0
	    ? 0
	    : io_err("set the time of", file);
}

/* The whole name of a file that may be placed, whose folder is there. */
static char *
file_of(const struct place *p, const char *path)
{
	char *file, *slash;
	int rc;

	if (!allowed(path)) {
		err_set(ERR_DENIED,
		    "a publication may not be placed at \"%.100s\"", path);
		return NULL;
	}
	file = xasprintf("%s/%s", p->var, path);
	slash = strrchr(file, '/');
	*slash = '\0';
	rc = io_make_folder(
	    file, is_public(path) ? 0755 : 0700 | io_group_may(file, 050));
	*slash = '/';
	if (rc == 0)
		return file;
	free(file);
	return NULL;
}

int
place_put(struct place *p, int64_t id, const char *path, struct span content,
    int64_t made)
{
	char *file;
	int rc = -1;

	if ((file = file_of(p, path)) == NULL)
		return -1;
	if (is_there(file, content) || is_older(p, path, content))
		rc = 0;
	else if (io_write_file(file,
		     is_public(path) ? 0644 : 0600 | io_group_may(file, 040),
		     content) == 0)
		rc = set_time(file, made);
	if (rc == 0)
		remember(p, id, path);
	free(file);
	return rc;
}

struct place_file {
	struct io_file f;
};

int
place_file_put(struct place_file *file, struct span s)
{
	return io_write_all(file->f.fd, s);
}

/* Is what has come to be there; -1: it is no CRL. */
static int
is_newer(const char *file, const struct io_file *f)
{
	uint64_t number = crl_number_of(f->tmp);

	if (number == 0)
		return err_set(ERR_INTERNAL,
		    "what was published for %s is no whole CRL", file);
	return crl_number_of(file) <= number;
}

int
place_put_crl(struct place *p, int64_t id, const char *path, int64_t made,
    int (*content)(struct place_file *, void *), void *ctx)
{
	struct place_file o;
	char *file;
	int newer = -1, rc = -1;

	if ((file = file_of(p, path)) == NULL)
		return -1;
	if (io_begin(&o.f, file, 0644) == 0) {
		if (content(&o, ctx) == 0 &&
		    (newer = is_newer(file, &o.f)) == 1)
			rc = set_time(o.f.tmp, made);
		if (io_end(&o.f, rc == 0) == -1)
			rc = -1;
	}
	if (newer == 0)
		rc = 0;
	if (rc == 0)
		remember(p, id, path);
	free(file);
	return rc;
}
