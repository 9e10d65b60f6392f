/*
 * Feeds as files: one, many, a folder of them.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/cli/feed_file.h"
#include "api/cli/fetch.h"
#include "api/cli/offline.h"
#include "base/err.h"
#include "base/io.h"

int
feed_file_read(const char *path, struct feed_file *f)
{
	*f = FEED_FILE_EMPTY;
	if (io_read_file(path, FEED_MAX, &f->text) == -1)
		return -1;
	return feed_parse(buf_span(&f->text), &f->feed);
}

int
feed_file_fetch(struct cli *cli, const char *name, struct feed_file *f)
{
	char path[64];

	*f = FEED_FILE_EMPTY;
	(void)snprintf(path, sizeof(path), "feed/%.40s.jws", name);
	if (fetch_public(cli, path, &f->text) == -1)
		return -1;
	return feed_parse(buf_span(&f->text), &f->feed);
}

static int
verify_under(const void *feed, struct span root)
{
	struct feed *const *f = feed;

	return feed_verify(*f, root);
}

int
feed_file_verify(struct feed_file *f, const struct roots *roots)
{
	const struct feed *feed = &f->feed;

	return offline_under(roots, "FEED_SIGNER", verify_under, &feed) == NULL
	    ? -1
	    : 0;
}

void
feed_file_free(struct feed_file *f)
{
	feed_free(&f->feed);
	buf_free(&f->text);
	*f = FEED_FILE_EMPTY;
}

/* ---- many */

static void
add(struct feed_names *l, char *path, int64_t no)
{
	l->all = xrealloc(l->all, (l->n + 1) * sizeof(*l->all));
	l->all[l->n++] = (struct feed_name){ path, no };
}

/* "17.jws" as 17, anything else as 0. */
static int64_t
number_of(const char *name)
{
	long long no;
	int end = 0;

	if (name[0] < '1' || name[0] > '9' ||
	    sscanf(name, "%15lld.jws%n", &no, &end) != 1 || end == 0 ||
	    name[end] != '\0')
		return 0;
	return no;
}

static int
add_folder(struct feed_names *l, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	if (dir == NULL)
		return err_set(ERR_INTERNAL, "could not open %s: %s", path,
		    strerror(errno));
	while ((e = readdir(dir)) != NULL)
		if (number_of(e->d_name) != 0)
			add(l, xasprintf("%s/%s", path, e->d_name),
			    number_of(e->d_name));
	(void)closedir(dir);
	return 0;
}

int
feed_names_add(
    struct feed_names *l, const char *path, const struct roots *roots)
{
	struct feed_file f;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(l, path);
	if ((rc = feed_file_read(path, &f)) == 0 &&
	    (rc = feed_file_verify(&f, roots)) == 0)
		add(l, xstrdup(path), f.feed.no);
	feed_file_free(&f);
	return rc;
}

static int
by_number(const void *a, const void *b)
{
	const struct feed_name *x = a, *y = b;

	return (x->no > y->no) - (x->no < y->no);
}

void
feed_names_sort(struct feed_names *l)
{
	if (l->n > 0)
		qsort(l->all, l->n, sizeof(*l->all), by_number);
}

void
feed_names_free(struct feed_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->all[i].path);
	free(l->all);
}
