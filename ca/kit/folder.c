/*
 * Kits in a folder.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "kit/folder.h"

static int
verify_under(const struct kit_file *f, const struct roots *roots)
{
	size_t i;

	for (i = 0; i < roots->n; i++) {
		if (kit_file_verify(f, buf_span(&roots->der[i])) == 0)
			return 0;
		/* signed under another root, or under none */
		if (strcmp(err_code(), "KIT_SIGNER") != 0)
			break;
	}
	return -1;
}

int
kit_file_take(struct buf *octets, const struct roots *roots, struct kit_file *f)
{
	if (kit_file_open(octets, f) == -1 || verify_under(f, roots) == -1)
		return -1;
	return kit_file_read(f);
}

/* "17.full" as 17 for ".full", anything else as 0. */
static int64_t
number_of(const char *name, const char *suffix)
{
	long long no;
	int end = 0;

	if (name[0] < '1' || name[0] > '9' ||
	    sscanf(name, "%15lld%n", &no, &end) != 1 ||
	    strcmp(name + end, suffix) != 0)
		return 0;
	return no;
}

/* The greatest numbers there; 0: none. */
static int
find_newest(const char *folder, int64_t *full, int64_t *delta)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int64_t n;

	*full = *delta = 0;
	if (dir == NULL)
		return errno == ENOENT ? 0 : io_err("open", folder);
	while ((e = readdir(dir)) != NULL) {
		n = number_of(e->d_name, ".full");
		*full = n > *full ? n : *full;
		n = number_of(e->d_name, ".delta");
		*delta = n > *delta ? n : *delta;
	}
	(void)closedir(dir);
	return 0;
}

static int
load_file(const char *folder, int64_t number, const char *suffix,
    const struct roots *roots, struct kit_chain *c)
{
	char *path = xasprintf("%s/%lld%s", folder, (long long)number, suffix);
	struct buf octets = BUF_EMPTY;
	struct kit_file f = { .layers = NULL };
	int rc = io_read_file(path, KIT_MAX, &octets);

	free(path);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = err_set_code(ERR_DENIED, "KIT_GAP",
		    "kit %lld is missing in %s", (long long)number, folder);
	else if (rc == 0 && (rc = kit_file_take(&octets, roots, &f)) == 0) {
		if (f.kit.number != number)
			rc = err_set_code(ERR_DENIED, "KIT_CHAIN",
			    "what is called kit %lld says that it is %lld",
			    (long long)number, (long long)f.kit.number);
		else
			rc = kit_chain_add(c, &f);
	}
	kit_file_free(&f);
	buf_free(&octets);
	return rc;
}

int
kit_folder_load(
    const char *folder, const struct roots *roots, struct kit_chain *c)
{
	int64_t full, delta, n;

	if (find_newest(folder, &full, &delta) == -1)
		return -1;
	if (full == 0)
		return 0;
	if (load_file(folder, full, ".full", roots, c) == -1)
		return -1;
	for (n = full + 1; n <= delta; n++)
		if (load_file(folder, n, ".delta", roots, c) == -1)
			return -1;
	return 0;
}

void
kit_folder_clean(const char *folder, int64_t full)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int64_t f, d;
	char *path;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		f = number_of(e->d_name, ".full");
		d = number_of(e->d_name, ".delta");
		if ((f == 0 || f >= full) && (d == 0 || d > full))
			continue;
		path = xasprintf("%s/%s", folder, e->d_name);
		(void)unlink(path);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}
