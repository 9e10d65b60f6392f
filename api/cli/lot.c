/*
 * assay lot: have devices certified.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "api/cli/lines.h"
#include "api/cli/list.h"
#include "api/cli/lot_file.h"
#include "api/cli/lot_results.h"
#include "api/cli/lot_watch.h"
#include "api/cli/out.h"
#include "base/err.h"
#include "base/io.h"

#define COLUMNS "number,organisation,model,site,state,count,issued,refused"

struct waiting {
	struct cli *cli;
	const char *number;
	struct cli_progress *bar;
};

static double
number_of(const json_t *o, const char *name)
{
	return (double)json_integer_value(json_object_get(o, name));
}

static void
wait_seen(void *ctx, const json_t *lot)
{
	struct waiting *w = ctx;

	if (w->bar == NULL)
		w->bar = cli_progress_begin(
		    w->cli, w->number, 2 * number_of(lot, "count"));
	cli_progress_set(
	    w->bar, number_of(lot, "checked") + number_of(lot, "issued"));
}

/* Poll until nothing more will happen; the lot as it then is. */
static json_t *
wait_for(struct cli *cli, const char *number, long seconds)
{
	struct waiting w = { .cli = cli, .number = number };
	json_t *lot = lot_follow(cli, number, seconds, wait_seen, &w);

	cli_progress_end(w.bar);
	return lot;
}

/* The lot without its CA certificates, which people cannot read. */
static int
show_lot(struct cli *cli, json_t *lot)
{
	bool rejected =
	    lot != NULL && strcmp(cli_text(lot, "state"), "rejected") == 0;
	char *refused;
	int rc;

	if (lot != NULL && !cli->json)
		json_object_del(lot, "issuers");
	refused = lot != NULL && number_of(lot, "refused") > 0
	    ? xstrdup(cli_text(lot, "number"))
	    : NULL;
	rc = cli_show(cli, lot, NULL);
	if (rc == CLI_OK && refused != NULL)
		cli_say(cli,
		    "\nWhy rows were refused: assay lot results %s "
		    "--refused",
		    refused);
	free(refused);
	return rc == CLI_OK && rejected ? CLI_REFUSED : rc;
}

/* After what was printed the result is whole, but for what it says twice. */
static int
end_watch(struct cli *cli, json_t *lot)
{
	bool rejected =
	    lot != NULL && strcmp(cli_text(lot, "state"), "rejected") == 0;

	if (!cli->json)
		return show_lot(cli, lot);
	json_decref(lot);
	if (lot == NULL)
		return -1;
	return rejected ? CLI_REFUSED : CLI_OK;
}

/* existing: these rows were sent before (200 and not 201). */
static int
send_manifest(struct cli *cli, const char *path, json_t **lot, bool *existing)
{
	struct client_call call = { .method = "POST",
		.path = "/v1/lots",
		.content_type = "application/x-ndjson",
		.body_file = path,
		.unsigned_act = true,
		.progress = "sending" };
	struct client_reply reply;

	if (client_do(cli, &call, &reply) == -1)
		return -1;
	*lot = client_reply_json(cli, &reply);
	*existing = reply.status == 200;
	client_reply_free(&reply);
	return *lot != NULL ? 0 : -1;
}

/* Whoever has sent rows twice may have meant others, or another site. */
static int
show_submitted(struct cli *cli, json_t *lot, bool existing)
{
	if (lot != NULL && existing) {
		cli_say(cli,
		    "These rows were sent before, as %s: that lot is shown, "
		    "and nothing new was begun.\n",
		    cli_text(lot, "number"));
		(void)json_object_set_new(lot, "existing", json_true());
	}
	return show_lot(cli, lot);
}

/* The manifest, signed from --model, --site and --rows, in a file. */
static int
sign_manifest(struct cli *cli, char **path)
{
	struct manifest_header h = { .count = 0 };
	const char *model = cli_option(cli, "model");
	const char *site = cli_option(cli, "site");
	const char *rows = cli_option(cli, "rows");
	const char *reference = cli_option(cli, "reference");
	const char *kind = cli_option(cli, "kind");
	const char *ca = cli_option(cli, "ca");

	if (model == NULL || site == NULL || rows == NULL)
		return cli_usage("a lot needs --model, --site and --rows");
	if (kind != NULL && manifest_kind_parse(kind, &h.kind) == -1)
		return -1;
	if ((h.kind == MANIFEST_CERTIFICATE) != (ca != NULL))
		return cli_usage(
		    "--ca says whose a report (--kind certificate) is");
	(void)snprintf(h.ca, sizeof(h.ca), "%s", ca != NULL ? ca : "");
	(void)snprintf(h.model, sizeof(h.model), "%s", model);
	(void)snprintf(h.site, sizeof(h.site), "%s", site);
	(void)snprintf(h.reference, sizeof(h.reference), "%s",
	    reference != NULL ? reference : "");
	return lot_file_build(cli, rows, &h, path);
}

static int
sign(struct cli *cli)
{
	const char *out = cli_option(cli, "out");
	struct buf all = BUF_EMPTY;
	char *path;
	int rc;

	if (sign_manifest(cli, &path) == -1)
		return -1;
	rc = io_read_file(path, SIZE_MAX / 2, &all);
	if (rc == 0)
		rc = out_write(out, 0644, buf_span(&all));
	(void)unlink(path);
	free(path);
	buf_free(&all);
	return rc;
}

static int
submit(struct cli *cli)
{
	const char *manifest = cli_option(cli, "manifest");
	json_t *lot = NULL;
	char *path = NULL, *number;
	bool existing = false;
	long timeout;
	int rc;

	if (cli_option_int(cli, "timeout", 1, 86400, 3600, &timeout) == -1)
		return -1;
	if (manifest != NULL && cli_option(cli, "rows") != NULL)
		return cli_usage("either --manifest or --rows");
	if (manifest == NULL && sign_manifest(cli, &path) == -1)
		return -1;
	rc = send_manifest(
	    cli, manifest != NULL ? manifest : path, &lot, &existing);
	if (path != NULL)
		(void)unlink(path);
	free(path);
	if (rc == -1)
		return -1;
	if (!cli_switch(cli, "wait"))
		return show_submitted(cli, lot, existing);
	number = xstrdup(cli_text(lot, "number"));
	json_decref(lot);
	lot = wait_for(cli, number, timeout);
	free(number);
	return show_submitted(cli, lot, existing);
}

static int
wait_command(struct cli *cli)
{
	long timeout;

	if (cli_option_int(cli, "timeout", 1, 86400, 3600, &timeout) == -1)
		return -1;
	return show_lot(cli, wait_for(cli, cli_arg(cli, 0), timeout));
}

static int
watch(struct cli *cli)
{
	long timeout;

	if (cli_option_int(cli, "timeout", 1, 864000, 864000, &timeout) == -1)
		return -1;
	return end_watch(cli, lot_watch(cli, cli_arg(cli, 0), timeout));
}

/* pause, resume: the verb is the last part of the address. */
static int
act(struct cli *cli)
{
	return show_lot(cli,
	    cli_post(cli, NULL, "/v1/lots/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli->command->verb));
}

static int
show(struct cli *cli)
{
	json_t *lot = lot_get(cli, cli_arg(cli, 0));

	if (lot != NULL && !cli->json)
		json_object_del(lot, "issuers");
	return cli_show(cli, lot, NULL);
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/lots", COLUMNS);
}

/* ---- results (lot_results.c) and certificates */

static int
certificates(struct cli *cli)
{
	const char *out = cli_option(cli, "out");
	char *path =
	    xasprintf("/v1/lots/%s/certificates", cli_escape(cli_arg(cli, 0)));
	int fd, rc = -1;

	if (out == NULL)
		out = "-";
	if ((fd = out_open(out)) != -1) {
		rc = lines_save(cli, path,
		    cli->json ? "application/x-ndjson"
			      : "application/x-pem-file",
		    fd);
		if (close(fd) == -1 && rc == 0)
			rc = err_set(ERR_INTERNAL, "could not write %s", out);
	}
	free(path);
	return rc;
}

#define TIMEOUT                                                                \
	{                                                                      \
		"timeout", "SECONDS", "give up after so long (3600)", false,   \
		    false                                                      \
	}

#define MANIFEST_OPTIONS                                                       \
	{ "model", "HANDLE", "what the devices are", false, false },           \
	    { "site", "HANDLE", "where they were made", false, false },        \
	    { "rows", "FILE",                                                  \
		    "one JSON object a line: id, csr, key or "                 \
		    "certificate, tre, tac",                                   \
		    false, false },                                            \
	    { "kind", "KIND",                                                  \
		    "what all rows bring: csr (usual), key, or "               \
		    "certificate, which reports what a delegated CA issued",   \
		    false, false },                                            \
	    { "ca", "NUMBER", "that delegated CA", false, false },             \
	{                                                                      \
		"reference", "TEXT", "your own name for it", false, false      \
	}

static const struct cli_option sign_options[] = {
	MANIFEST_OPTIONS,
	{ "out", "FILE", "the manifest", true, false },
	CLI_OPTION_END,
};

static const struct cli_option submit_options[] = {
	MANIFEST_OPTIONS,
	{ "manifest", "FILE", "instead: one that lot sign has made", false,
	    false },
	{ "wait", NULL, "until it is issued or rejected", false, false },
	TIMEOUT,
	CLI_OPTION_END,
};

static const struct cli_option wait_options[] = { TIMEOUT, CLI_OPTION_END };

static const struct cli_option watch_options[] = {
	{ "timeout", "SECONDS", "give up after so long (ten days)", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "model", "HANDLE", "only those of this model", false, false },
	LIST_ORGANISATION,
	LIST_PAGES,
};

static const struct cli_option results_options[] = {
	{ "refused", NULL, "only the rows that were refused", false, false },
	CLI_OPTION_END,
};

static const struct cli_option certificates_options[] = {
	{ "out", "FILE", "instead of standard output", false, false },
	CLI_OPTION_END,
};

const struct cli_command lot_commands[] = {
	{ "lot", "submit", NULL, "sign a file of rows and send it as a lot",
	    submit_options, submit,
	    "The same rows again give the same lot, and it says so (JSON: "
	    "\"existing\"):\n"
	    "nothing is issued twice.\n"
	    "Exits with 1 when --wait finds the lot rejected.\n"
	    "  assay lot submit --model tresor-m2 \\\n"
	    "      --site tresor-dresden --rows tre.rows --wait --as "
	    "tresor-pki" },
	{ "lot", "sign", NULL, "only sign a file of rows, to send it later",
	    sign_options, sign,
	    "  assay lot sign --model tresor-m2 --site tresor-dresden \\\n"
	    "      --rows tre.rows --out lot.manifest --as tresor-pki\n"
	    "  assay lot submit --manifest lot.manifest --as tresor-pki" },
	{ "lot", "list", NULL, "lots, newest first", search_options, list,
	    "  assay lot list --state issued --as tresor-pki" },
	{ "lot", "show", "NUMBER", "one lot: its state and its counts", NULL,
	    show, "  assay lot show LOT-2026-000001 --as tresor-pki" },
	{ "lot", "wait", "NUMBER", "until it is issued or rejected",
	    wait_options, wait_command,
	    "Exits with 1 when it is rejected.\n"
	    "  assay lot wait LOT-2026-000001 --as tresor-pki" },
	{ "lot", "watch", "NUMBER", "look on: a bar, the rate, the time left",
	    watch_options, watch,
	    "In a pipe a line for each change, with --json an object; ends "
	    "with the result.\nExits with 1 when it is rejected.\n"
	    "  assay lot watch LOT-2026-000001 --as tresor-pki" },
	{ "lot", "pause", "NUMBER", "check and issue nothing more for now",
	    NULL, act,
	    "What is issued stays issued.\n"
	    "  assay lot pause LOT-2026-000001 --as tresor-pki" },
	{ "lot", "resume", "NUMBER", "go on where it was paused", NULL, act,
	    "  assay lot resume LOT-2026-000001 --as tresor-pki" },
	{ "lot", "results", "NUMBER", "what came of each row", results_options,
	    lot_results,
	    "  assay lot results LOT-2026-000001 --refused --as tresor-pki" },
	{ "lot", "certificates", "NUMBER",
	    "the certificates: PEM, or NDJSON with --json",
	    certificates_options, certificates,
	    "  assay lot certificates LOT-2026-000001 --out lot.pem "
	    "--as tresor-pki" },
	CLI_END,
};
