/*
 * Offline kits in a folder: read, fetched, kept.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/cli/fetch.h"
#include "api/cli/kit_folder.h"
#include "api/cli/offline.h"
#include "base/err.h"
#include "base/io.h"

#define DELTAS_MOST 48 /* further behind, a snapshot is sooner fetched */

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

/* What replaced files leave behind is of numbers up to this one. */
static int
each_file(
    const char *folder, int64_t remove_below, int64_t *full, int64_t *delta)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int64_t f, d;
	char *path;

	if (dir == NULL)
		return errno == ENOENT ? 0 : io_err("open", folder);
	while ((e = readdir(dir)) != NULL) {
		f = number_of(e->d_name, ".full");
		d = number_of(e->d_name, ".delta");
		*full = f > *full ? f : *full;
		*delta = d > *delta ? d : *delta;
		if ((f > 0 && f < remove_below) ||
		    (d > 0 && d <= remove_below)) {
			path = xasprintf("%s/%s", folder, e->d_name);
			(void)unlink(path);
			free(path);
		}
	}
	(void)closedir(dir);
	return 0;
}

static int
verify_under(const void *file, struct span root)
{
	return kit_file_verify(file, root);
}

/* Verified and of that number; ready to be added. */
static int
check(const struct roots *roots, const struct kit_file *f, int64_t number)
{
	if (offline_under(roots, "KIT_SIGNER", verify_under, f) == NULL)
		return -1;
	if (number != 0 && f->kit.number != number)
		return err_set_code(ERR_DENIED, "KIT_CHAIN",
		    "what is called kit %lld says that it is %lld",
		    (long long)number, (long long)f->kit.number);
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
	else if (rc == 0 && (rc = kit_file_read(&octets, &f)) == 0 &&
	    (rc = check(roots, &f, number)) == 0)
		rc = kit_chain_add(c, &f);
	kit_file_free(&f);
	buf_free(&octets);
	return rc;
}

int
kit_folder_load(
    const char *folder, const struct roots *roots, struct kit_chain *c)
{
	int64_t full = 0, delta = 0, n;

	if (each_file(folder, 0, &full, &delta) == -1)
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

/* ---- fetching */

struct fetching {
	struct cli *cli;
	const char *folder;
	const struct roots *roots;
	struct kit_chain *chain;
	int fetched;
};

static int
fetch(struct fetching *g, const char *name, int64_t number, struct kit_file *f)
{
	char path[64];
	struct buf octets = BUF_EMPTY;

	memset(f, 0, sizeof(*f));
	(void)snprintf(path, sizeof(path), "kit/%s", name);
	if (fetch_public(g->cli, path, &octets) == -1) {
		buf_free(&octets);
		return -1;
	}
	if (kit_file_read(&octets, f) == -1)
		return -1;
	return check(g->roots, f, number);
}

/* Kept as it came once it is one of the chain. */
static int
keep(struct fetching *g, struct kit_file *f, const char *suffix)
{
	const struct kit_file *last;
	char *path;
	int rc;

	if (kit_chain_add(g->chain, f) == -1)
		return -1;
	last = &g->chain->files[g->chain->n - 1];
	path = xasprintf(
	    "%s/%lld%s", g->folder, (long long)last->kit.number, suffix);
	rc = io_write_file(path, 0644, buf_span(&last->octets));
	free(path);
	g->fetched++;
	return rc;
}

static int
fetch_full(struct fetching *g, int64_t least)
{
	int64_t full = 0, delta = 0;
	struct kit_file f;
	int rc = fetch(g, "latest.full", 0, &f);

	if (rc == 0 && f.kit.number < least)
		rc = err_set(ERR_BUSY,
		    "the snapshot of kit %lld is still being made; try again",
		    (long long)least);
	if (rc == 0)
		rc = keep(g, &f, ".full");
	kit_file_free(&f);
	if (rc == 0)
		rc = each_file(g->folder, kit_chain_newest(g->chain)->number,
		    &full, &delta);
	return rc;
}

static int
fetch_delta(struct fetching *g, int64_t number)
{
	struct kit_file f;
	char name[32];
	int rc;

	(void)snprintf(name, sizeof(name), "%lld.delta", (long long)number);
	rc = fetch(g, name, number, &f);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = err_set_code(ERR_DENIED, "KIT_GAP",
		    "kit %lld is not to be had", (long long)number);
	if (rc == 0)
		rc = keep(g, &f, ".delta");
	if (rc == -1 && strcmp(err_code(), "KIT_ANEW") == 0)
		rc = fetch_full(g, number);
	kit_file_free(&f);
	return rc;
}

/* What is published as the latest must not lie behind what is here. */
static int
check_latest(const struct kit_chain *c, const struct kit_file *latest)
{
	const struct kit_file *have;

	if (c->n == 0)
		return 0;
	have = &c->files[c->n - 1];
	if (latest->kit.number < have->kit.number)
		return err_set_code(ERR_DENIED, "KIT_ROLLBACK",
		    "the latest kit is said to be %lld, and %lld is here",
		    (long long)latest->kit.number, (long long)have->kit.number);
	if (latest->kit.number == have->kit.number &&
	    memcmp(latest->sha256,
		have->kit.kind == KIT_FULL ? have->kit.link : have->sha256,
		32) != 0)
		return err_set_code(ERR_DENIED, "KIT_CHAIN",
		    "there are two kits of number %lld: the one here and the "
		    "one published",
		    (long long)have->kit.number);
	return 0;
}

int
kit_folder_fetch(struct cli *cli, const char *folder, const struct roots *roots,
    struct kit_chain *c, int *fetched)
{
	struct fetching g = { cli, folder, roots, c, 0 };
	struct kit_file latest;
	int64_t last = 0;
	int rc;

	if (io_make_folder(folder, 0755) == -1 ||
	    kit_folder_load(folder, roots, c) == -1)
		return -1;
	rc = fetch(&g, "latest.delta", 0, &latest);
	if (rc == 0)
		rc = check_latest(c, &latest);
	last = latest.kit.number;
	kit_file_free(&latest);
	if (rc == 0 &&
	    (c->n == 0 || last - kit_chain_newest(c)->number > DELTAS_MOST))
		rc = fetch_full(&g, 0);
	while (rc == 0 && kit_chain_newest(c)->number < last)
		rc = fetch_delta(&g, kit_chain_newest(c)->number + 1);
	*fetched = g.fetched;
	return rc;
}
