/*
 * assay feed: the status feed, fetched, verified, kept and read.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/arc.h"
#include "api/cli/feed_file.h"
#include "api/cli/feed_show.h"
#include "api/cli/offline.h"
#include "api/cli/out.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"

/* ---- get */

static int
get(struct cli *cli)
{
	const char *number = cli_option(cli, "number");
	const char *out = cli_option(cli, "out");
	struct feed_file f;
	int rc;

	if (number != NULL && strspn(number, "0123456789") != strlen(number))
		return cli_usage("--number must be a number");
	rc = feed_file_fetch(cli, number != NULL ? number : "latest", &f);
	if (rc == 0)
		rc = out_write(out, 0644, buf_span(&f.text));
	if (rc == 0 && !out_is_open(out))
		cli_say(cli,
		    "the feed is in %s; assay feed verify tells "
		    "whether it holds",
		    out);
	feed_file_free(&f);
	return rc;
}

/* ---- verify */

struct verification {
	struct roots roots;
	int64_t at;
	struct feed_names names;
	struct feed_file older, newest; /* in a chain */
};

static int
prepare(struct cli *cli, struct verification *v)
{
	memset(v, 0, sizeof(*v));
	if (arc_set(cli) == -1 || offline_time(cli, &v->at) == -1)
		return -1;
	return offline_roots(cli, &v->roots);
}

static void
finish(struct verification *v)
{
	feed_names_free(&v->names);
	feed_file_free(&v->older);
	feed_file_free(&v->newest);
	roots_free(&v->roots);
}

/* The newest becomes the older one, and takes this one's place. */
static void
step(struct verification *v, struct feed_file *next)
{
	feed_file_free(&v->older);
	v->older = v->newest;
	v->newest = *next;
}

/* One number more at the end of the chain. */
static int
add(struct verification *v, struct feed_file *next)
{
	step(v, next);
	if (feed_file_verify(&v->newest, &v->roots) == -1)
		return -1;
	if (v->older.feed.claims == NULL)
		return 0;
	return feed_follows(&v->older.feed, &v->newest.feed);
}

static int
add_file(struct verification *v, const char *path)
{
	struct feed_file next;

	if (feed_file_read(path, &next) == 0)
		return add(v, &next);
	feed_file_free(&next);
	return -1;
}

/* An old copy: whatever lies between, the newest must keep what it told. */
static int
compare(struct verification *v, const char *path)
{
	struct feed_file old;
	int rc = feed_file_read(path, &old);

	if (rc == 0 && (rc = feed_file_verify(&old, &v->roots)) == 0)
		rc = old.feed.no + 1 >= v->newest.feed.no &&
			strcmp(old.feed.sha256, v->newest.feed.sha256) != 0
		    ? feed_follows(&old.feed, &v->newest.feed)
		    : feed_keeps(&old.feed, &v->newest.feed);
	feed_file_free(&old);
	return rc;
}

static int
verify_all(struct cli *cli, struct verification *v)
{
	const char *previous = cli_option(cli, "previous");
	size_t i;

	for (i = 0; i < cli->nargs; i++)
		if (feed_names_add(&v->names, cli_arg(cli, i), &v->roots) == -1)
			return -1;
	if (v->names.n == 0)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "there is no feed in %s", cli_arg(cli, 0));
	feed_names_sort(&v->names);
	for (i = 0; i < v->names.n; i++)
		if (add_file(v, v->names.all[i].path) == -1)
			return -1;
	if (previous != NULL && compare(v, previous) == -1)
		return -1;
	return feed_fresh(&v->newest.feed, v->at);
}

static int
say_good(struct cli *cli, struct verification *v)
{
	const struct feed *f = &v->newest.feed;
	char issued[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];

	(void)clock_write(f->issued, issued);
	(void)clock_write(f->next_update, next);
	if (cli->json)
		offline_json(json_pack("{s:b, s:I, s:s, s:s, s:s, s:I}",
		    "valid", 1, "no", (json_int_t)f->no, "issued", issued,
		    "nextUpdate", next, "sha256", f->sha256, "numbers",
		    (json_int_t)v->names.n));
	else if (!cli->quiet)
		printf("Feed %lld holds: issued %s, good until %s.\n%s",
		    (long long)f->no, issued, next,
		    v->names.n > 1 ? "The chain before it holds.\n" : "");
	return CLI_OK;
}

static int
verify(struct cli *cli)
{
	struct verification v;
	int rc = -1;

	if (prepare(cli, &v) == 0) {
		if (verify_all(cli, &v) == 0)
			rc = say_good(cli, &v);
		else
			rc = offline_bad(cli, "feed", "FEED_");
	}
	finish(&v);
	return rc;
}

/* ---- sync */

/* The newest number that is there, if any: the chain goes on from it. */
static int
begin_chain(struct verification *v, const char *folder)
{
	if (io_make_folder(folder, 0755) == -1 ||
	    feed_names_add(&v->names, folder, &v->roots) == -1)
		return -1;
	feed_names_sort(&v->names);
	return v->names.n == 0 ? 0
			       : add_file(v, v->names.all[v->names.n - 1].path);
}

static int
fetch_next(
    struct cli *cli, struct verification *v, const char *folder, int64_t no)
{
	struct feed_file next;
	char name[24], *path;
	int rc;

	(void)snprintf(name, sizeof(name), "%lld", (long long)no);
	if (feed_file_fetch(cli, name, &next) == -1) {
		if (err_kind() == ERR_ABSENT)
			(void)err_set_code(ERR_DENIED, "FEED_GAP",
			    "number %s is not to be had any more", name);
		feed_file_free(&next);
		return -1;
	}
	if (add(v, &next) == -1)
		return -1;
	if (v->newest.feed.no != no)
		return err_set_code(ERR_DENIED, "FEED_CHAIN",
		    "what is published as number %s says that it is %lld", name,
		    (long long)v->newest.feed.no);
	path = xasprintf("%s/%s.jws", folder, name);
	rc = io_write_file(path, 0644, buf_span(&v->newest.text));
	free(path);
	return rc;
}

/* What is published as the latest must not lie behind what we have. */
static int
check_latest(struct verification *v, struct feed_file *file)
{
	const struct feed *have = &v->newest.feed, *latest = &file->feed;

	if (feed_file_verify(file, &v->roots) == -1)
		return -1;
	if (have->claims == NULL || latest->no > have->no)
		return 0;
	if (latest->no < have->no)
		return err_set_code(ERR_DENIED, "FEED_CHAIN",
		    "the latest feed is said to be %lld, and %lld is here",
		    (long long)latest->no, (long long)have->no);
	if (strcmp(latest->sha256, have->sha256) != 0)
		return err_set_code(ERR_DENIED, "FEED_CHAIN",
		    "there are two feeds of number %lld: the one here and the "
		    "one published",
		    (long long)have->no);
	return 0;
}

static int
sync_all(struct cli *cli, struct verification *v, int64_t *fetched)
{
	const char *folder = cli_arg(cli, 0);
	struct feed_file latest;
	int64_t no, last;
	long from;
	int rc;

	if (cli_option_int(cli, "from", 1, 999999999, 1, &from) == -1 ||
	    begin_chain(v, folder) == -1)
		return -1;
	rc = feed_file_fetch(cli, "latest", &latest);
	if (rc == 0)
		rc = check_latest(v, &latest);
	last = latest.feed.no;
	feed_file_free(&latest);
	no = v->newest.feed.claims != NULL ? v->newest.feed.no + 1 : from;
	for (; rc == 0 && no <= last; no++, (*fetched)++)
		rc = fetch_next(cli, v, folder, no);
	if (rc == 0 && v->newest.feed.claims == NULL)
		return err_set_code(ERR_ABSENT, "NOT_FOUND",
		    "the latest feed is %lld", (long long)last);
	return rc == -1 ? -1 : feed_fresh(&v->newest.feed, v->at);
}

static int
sync_folder(struct cli *cli)
{
	struct verification v;
	int64_t fetched = 0;
	int rc = -1;

	if (prepare(cli, &v) == 0) {
		if (sync_all(cli, &v, &fetched) == 0) {
			offline_fetched(cli, "feed", fetched, v.newest.feed.no);
			rc = CLI_OK;
		} else
			rc = offline_bad(cli, "feed", "FEED_");
	}
	finish(&v);
	return rc;
}

/* ---- show */

/* A file, or of a folder the newest: it is verified by whoever shows it. */
static int
read_newest(const char *path, const struct roots *roots, struct feed_file *f)
{
	struct feed_names names = { NULL, 0 };
	int rc = feed_names_add(&names, path, roots);

	if (rc == 0 && names.n == 0)
		rc = err_set(ERR_ABSENT, "there is no feed in %s", path);
	feed_names_sort(&names);
	if (rc == 0)
		rc = feed_file_read(names.all[names.n - 1].path, f);
	feed_names_free(&names);
	return rc;
}

static int
show(struct cli *cli)
{
	const char *path = cli_arg(cli, 0);
	struct verification v;
	struct feed_file f = FEED_FILE_EMPTY;
	int rc = -1;

	if (prepare(cli, &v) == 0) {
		rc = path != NULL ? read_newest(path, &v.roots, &f)
				  : feed_file_fetch(cli, "latest", &f);
		if (rc == 0 && feed_file_verify(&f, &v.roots) == 0 &&
		    feed_fresh(&f.feed, v.at) == 0)
			rc = feed_show(cli, &f.feed);
		else
			rc = offline_bad(cli, "feed", "FEED_");
	}
	feed_file_free(&f);
	finish(&v);
	return rc;
}

/* ---- the commands */

#define PUBLIC_URL                                                             \
	{                                                                      \
		"public-url", "URL", "where (else as in VAR's assay.cnf)",     \
		    false, false                                               \
	}
#define TRUST                                                                  \
	{ "root", "FILE",                                                      \
		"the root to trust, or several and the links between them "    \
		"(else VAR's)",                                                \
		false, false },                                                \
	    { "at", "TIME", "may one still go by it then (else now)?", false,  \
		    false },                                                   \
	{                                                                      \
		"oid-arc", "OID",                                              \
		    "the arc of the PKI (else as in VAR's assay.cnf)", false,  \
		    false                                                      \
	}

static const struct cli_option get_options[] = {
	{ "out", "FILE", "write it there", true, false },
	{ "number", "N", "that number (else the latest)", false, false },
	PUBLIC_URL,
	CLI_OPTION_END,
};

static const struct cli_option verify_options[] = {
	TRUST,
	{ "previous", "FILE",
	    "an older one: nothing that it told may be changed", false, false },
	CLI_OPTION_END,
};

static const struct cli_option sync_options[] = {
	TRUST,
	PUBLIC_URL,
	{ "from", "N", "begin there where the folder is empty (else 1)", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option show_options[] = {
	TRUST,
	PUBLIC_URL,
	{ "model", "HANDLE", "that model, with all its reports", false, false },
	CLI_OPTION_END,
};

const struct cli_command feed_commands[] = {
	{ "feed", "get", NULL, "fetch the status feed", get_options, get,
	    "Old numbers are there for ever.\n"
	    "  assay feed get --out feed.jws" },
	{ "feed", "verify", "FILE...",
	    "verify status feeds offline, with nothing but the root",
	    verify_options, verify,
	    "Several files, or a folder of them (NUMBER.jws), must be a chain\n"
	    "without a gap in which no later one changes what an earlier one\n"
	    "told.  Exits with 0 when all holds, 1 when not; the code says\n"
	    "why: FEED_SIGNATURE, FEED_SIGNER, FEED_STALE, FEED_NOT_YET,\n"
	    "FEED_GAP, FEED_CHAIN, FEED_PAST_CHANGED, FEED_MALFORMED.\n"
	    "  assay feed verify 7.jws --previous 3.jws --root root.crt" },
	{ "feed", "sync", "FOLDER",
	    "keep a copy: fetch what is missing and verify the chain",
	    sync_options, sync_folder,
	    "  assay feed sync /var/lib/feed --root root.crt \\\n"
	    "      --public-url http://status.example.org" },
	{ "feed", "show", "[FILE|FOLDER]",
	    "what a feed says, in short, or of one model", show_options, show,
	    "Of a FOLDER (see feed sync) the newest; without, the latest is "
	    "fetched.  It is\nverified first.\n"
	    "  assay feed show --model tresor-m2" },
	CLI_END,
};
