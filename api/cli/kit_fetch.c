/*
 * Offline kits, fetched and kept.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/cli/fetch.h"
#include "api/cli/kit_fetch.h"
#include "base/err.h"
#include "base/io.h"

#define DELTAS_MOST 48 /* further behind, a snapshot is sooner fetched */

struct fetching {
	struct cli *cli;
	const char *folder;
	const struct roots *roots;
	struct kit_chain *chain;
	int fetched;
};

/* Verified and of that number; ready to be added. */
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
	if (kit_file_take(&octets, g->roots, f) == -1)
		return -1;
	if (number != 0 && f->kit.number != number)
		return err_set_code(ERR_DENIED, "KIT_CHAIN",
		    "what is called kit %lld says that it is %lld",
		    (long long)number, (long long)f->kit.number);
	return 0;
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
	g->fetched++;
	if (g->folder == NULL)
		return 0;
	last = &g->chain->files[g->chain->n - 1];
	path = xasprintf(
	    "%s/%lld%s", g->folder, (long long)last->kit.number, suffix);
	rc = io_write_file(path, 0644, buf_span(&last->octets));
	free(path);
	return rc;
}

static int
fetch_full(struct fetching *g, int64_t least)
{
	struct kit_file f;
	int rc = fetch(g, "latest.full", 0, &f);

	if (rc == 0 && f.kit.number < least)
		rc = err_set_code(ERR_BUSY, KIT_UNFINISHED,
		    "the snapshot of kit %lld is still being made; try again",
		    (long long)least);
	if (rc == 0)
		rc = keep(g, &f, ".full");
	kit_file_free(&f);
	if (rc == 0 && g->folder != NULL)
		kit_folder_clean(g->folder, kit_chain_newest(g->chain)->number);
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

/* Where there is nothing, or too little to go on from. */
static int
begin_at_snapshot(struct fetching *g, int64_t last)
{
	const struct kit *have = kit_chain_newest(g->chain);
	int rc;

	if (have != NULL && last - have->number <= DELTAS_MOST)
		return 0;
	rc = fetch_full(g, have == NULL ? 0 : have->number + 1);
	/* many deltas, then */
	if (rc == -1 && have != NULL && strcmp(err_code(), KIT_UNFINISHED) == 0)
		rc = 0;
	return rc;
}

/*
 * Whoever comes each hour goes on by deltas for ever; a snapshot of the same
 * number is as good as all of them.
 */
static int
shorten(struct fetching *g)
{
	int64_t number = kit_chain_newest(g->chain)->number;
	struct kit_file f;
	char name[32];
	int rc;

	if (g->chain->n <= DELTAS_MOST)
		return 0;
	(void)snprintf(name, sizeof(name), "%lld.full", (long long)number);
	rc = fetch(g, name, number, &f);
	if (rc == -1 && err_kind() == ERR_ABSENT)
		rc = 0; /* not each has one */
	else if (rc == 0 && (rc = keep(g, &f, ".full")) == 0 &&
	    g->folder != NULL)
		kit_folder_clean(g->folder, number);
	kit_file_free(&f);
	return rc;
}

int
kit_fetch(struct cli *cli, const char *folder, const struct roots *roots,
    struct kit_chain *c, int *fetched)
{
	struct fetching g = { cli, folder, roots, c, 0 };
	struct kit_file latest;
	int64_t last = 0;
	int rc;

	if (folder != NULL &&
	    (io_make_folder(folder, 0755) == -1 ||
		kit_folder_load(folder, roots, c) == -1))
		return -1;
	rc = fetch(&g, "latest.delta", 0, &latest);
	if (rc == 0)
		rc = check_latest(c, &latest);
	last = latest.kit.number;
	kit_file_free(&latest);
	if (rc == 0)
		rc = begin_at_snapshot(&g, last);
	while (rc == 0 && kit_chain_newest(c)->number < last)
		rc = fetch_delta(&g, kit_chain_newest(c)->number + 1);
	if (rc == 0)
		rc = shorten(&g);
	*fetched = g.fetched;
	return rc;
}
