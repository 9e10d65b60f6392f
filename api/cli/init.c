/*
 * assay init: an instance from nothing, once.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/cli/cluster.h"
#include "api/cli/init.h"
#include "api/cli/init_credentials.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "key/hash.h"

#define POSTGRES_MS 120000
#define PEM_MOST    65536
#define FILE_MOST   (1 << 20)

int
init_instance(const struct cli *cli, const struct home *h,
    struct process *postgres, const char *ceremony)
{
	memset(postgres, 0, sizeof(*postgres));
	if (!home_is_ready(h)) {
		cli_say(cli, "assay: making a new instance in %s", h->in.var);
		(void)fflush(stdout);
	}
	if (cluster_make(h) == -1 || cluster_process(h, postgres) == -1)
		return -1;
	cluster_wait_earlier(h);
	if (process_start(postgres, h->log) == -1 ||
	    cluster_wait(h, postgres, POSTGRES_MS) == -1 ||
	    cluster_prepare(h) == -1)
		return -1;
	return init_credentials(cli, h, ceremony);
}

/*
 * There is no root yet under which the first requests could be signed: their
 * hash goes to the ceremony on another way than they do.
 */
static int
say_what_next(const struct cli *cli, const struct home *h)
{
	char path[INSTANCE_PATH_MAX];
	struct buf file = BUF_EMPTY, hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	int rc = io_read_file(
	    instance_path(&h->in, path, "requests.json"), FILE_MOST, &file);

	hash_sha256(buf_span(&file), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	if (rc == 0)
		cli_say(cli,
		    "assay: the root is to be made at a ceremony, where its "
		    "key stays.\n"
		    "  1. Take %s to a machine without a network, and write "
		    "down its SHA-256, which the ceremony's script names:\n"
		    "     %s\n"
		    "  2. Hold the ceremony there: assay ca ceremony --help\n"
		    "  3. assay init --var %s --ceremony FOLDER --root-sha256 "
		    "HEX, with its results.",
		    path, buf_str(&hex), h->in.var);
	buf_free(&file);
	buf_free(&hex);
	return rc == 0 ? CLI_OK : -1;
}

/*
 * Any folder that agrees with itself could begin an instance, so the root is
 * told by who was at its ceremony, on another way than the folder's.
 */
static int
check_ceremony(const struct cli *cli, const struct home *h, const char *folder)
{
	const char *wanted = cli_option(cli, "root-sha256");
	char *path = xasprintf("%s/root.cer", folder);
	struct buf root = BUF_EMPTY, hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	int rc = -1;

	if (strcmp(h->in.root, "offline") != 0)
		rc = err_set_code(ERR_CONFLICT, "ROOT_ONLINE",
		    "--ceremony: the root of %s is online and signs by itself "
		    "(root in assay.cnf)",
		    cli->var);
	else if (wanted == NULL)
		rc = cli_usage("--ceremony needs --root-sha256: what the "
			       "ceremony said of its root, as you have it from "
			       "who was there");
	else if (io_read_file(path, PEM_MOST, &root) == 0) {
		hash_sha256(buf_span(&root), digest);
		hex_encode(&hex, span_of(digest, sizeof(digest)));
		rc = strcasecmp(buf_str(&hex), wanted) == 0
		    ? 0
		    : err_set_code(ERR_DENIED, "ROOT_OTHER",
			  "--root-sha256: %s has the SHA-256 %s: it is of "
			  "another ceremony",
			  path, buf_str(&hex));
	}
	buf_free(&root);
	buf_free(&hex);
	free(path);
	return rc;
}

static int
init(struct cli *cli)
{
	const char *given = cli_option(cli, "ceremony");
	char *folder = NULL;
	struct process postgres;
	struct home h;
	int rc = -1, waits = -1;

	if (given != NULL && (folder = realpath(given, NULL)) == NULL)
		return err_set(ERR_ABSENT, "there is no folder %s", given);
	if (home_open(cli, &h) == 0) {
		rc = folder != NULL ? check_ceremony(cli, &h, folder) : 0;
		if (rc == 0) {
			rc = init_instance(cli, &h, &postgres, folder);
			process_stop(&postgres);
			process_free(&postgres);
		}
		if (rc == INIT_WAITS)
			waits = say_what_next(cli, &h);
		home_close(&h);
	}
	free(folder);
	if (rc == INIT_WAITS)
		return waits;
	if (rc == 0)
		cli_say(
		    cli, "assay: %s is ready; `assay run` starts it", cli->var);
	return rc;
}

static const struct cli_option init_options[] = {
	{ "ceremony", "FOLDER", "what the root's ceremony made", false, false },
	{ "root-sha256", "HEX", "the root that it made, as the ceremony said",
	    false, false },
	HOME_OPTIONS,
	CLI_OPTION_END,
};

const struct cli_command init_commands[] = {
	{ "init", NULL, NULL, "make a new instance, once", init_options, init,
	    "Makes folders, database, keys, certificates and the first "
	    "credentials in\nthe folder --var.  What is there already stays; "
	    "one that was interrupted\ngoes on.  With the root offline it "
	    "stops "
	    "when VAR/requests.json is written,\nand goes on with what the "
	    "ceremony made of it:\n"
	    "  assay init --body-name 'Office' --body-country DE\n"
	    "  assay init --ceremony /media/stick/results --root-sha256 HEX" },
	CLI_END,
};
