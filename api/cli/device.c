/*
 * assay device: what the register says of one, and, for tests and demos, the
 * devices themselves: keys, key requests, certificates under VAR/devices.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/device.h"
#include "api/cli/lines.h"
#include "api/cli/list.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "base/text.h"
#include "issue/manifest.h"
#include "key/key.h"
#include "x509/cert.h"
#include "x509/csr.h"

/* One device on its way into being. */
struct making {
	char id[64];
	char tre[64];	 /* "": none */
	const char *tac; /* NULL: none */
};

/* The device's key, made now if there is none yet. */
static struct key *
device_key(struct cli *cli, const char *id)
{
	char *path = cli_device(cli, id, ".key");
	struct key *key = key_load(path, NULL);
	enum key_kind kind;

	if (key == NULL && err_kind() == ERR_ABSENT &&
	    cli_algorithm(cli, &kind) == 0 &&
	    (key = key_generate(kind)) != NULL &&
	    key_create_file(key, path, NULL) == -1) {
		key_free(key);
		key = NULL;
	}
	free(path);
	return key;
}

static int
make(struct cli *cli, const struct making *m, struct buf *rows)
{
	char *path = cli_device(cli, m->id, ".csr");
	struct buf der = BUF_EMPTY, pem = BUF_EMPTY;
	struct key *key = device_key(cli, m->id);
	int rc = -1;

	if (key == NULL || csr_build(key, m->id, &der) == -1)
		goto out;
	csr_write_pem(buf_span(&der), &pem);
	if (io_write_file(path, 0644, buf_span(&pem)) == -1)
		goto out;
	manifest_row_write(
	    rows, MANIFEST_CSR, m->id, buf_span(&der), m->tre, m->tac);
	rc = 0;
out:
	key_free(key);
	buf_free(&der);
	buf_free(&pem);
	free(path);
	return rc;
}

/* What was asked for, put together and looked at. */
static int
name_one(struct cli *cli, long i, struct making *m)
{
	const char *id = cli_option(cli, "id");
	const char *prefix = cli_option(cli, "prefix");
	const char *tre = cli_option(cli, "tre");
	const char *tre_prefix = cli_option(cli, "tre-prefix");

	m->tac = cli_option(cli, "tac");
	m->tre[0] = '\0';
	if (id != NULL)
		(void)snprintf(m->id, sizeof(m->id), "%s", id);
	else
		(void)snprintf(m->id, sizeof(m->id), "%.24s%ld", prefix, i);
	if (tre != NULL)
		(void)snprintf(m->tre, sizeof(m->tre), "%s", tre);
	else if (tre_prefix != NULL)
		(void)snprintf(
		    m->tre, sizeof(m->tre), "%.24s%ld", tre_prefix, i);
	if (!manifest_id_ok(span_str(m->id)) ||
	    (m->tre[0] != '\0' && !manifest_id_ok(span_str(m->tre))))
		return cli_usage("%s %s: an id is 4 to 32 of A-Z, 0-9, '.' "
				 "and '-', beginning with a letter or digit",
		    m->id, m->tre);
	return 0;
}

static int
check_usage(struct cli *cli, bool terminal)
{
	bool one = cli_option(cli, "id") != NULL;
	bool many = cli_option(cli, "prefix") != NULL;
	bool tre = cli_option(cli, "tre") != NULL;
	bool tres = cli_option(cli, "tre-prefix") != NULL;

	if (one == many)
		return cli_usage("either --id, or --prefix with --count");
	if (one && cli_option(cli, "count") != NULL)
		return cli_usage("--count goes with --prefix");
	if (!terminal && (tre || tres || cli_option(cli, "tac") != NULL))
		return cli_usage("a TrE contains no TrE and has no TAC");
	if (terminal && (one ? !tre || tres : !tres || tre))
		return cli_usage("a terminal contains a TrE: --tre with --id, "
				 "--tre-prefix with --prefix");
	return 0;
}

static int
new_devices(struct cli *cli)
{
	const char *kind = cli_option(cli, "kind");
	const char *file = cli_option(cli, "rows");
	struct cli_progress *bar;
	struct buf rows = BUF_EMPTY;
	struct making m;
	char *folder;
	long i, count;
	int rc;

	if (strcmp(kind, "tre") != 0 && strcmp(kind, "terminal") != 0)
		return cli_usage("--kind is tre or terminal");
	if (check_usage(cli, strcmp(kind, "terminal") == 0) == -1 ||
	    cli_option_int(cli, "count", 1, 10000000, 1, &count) == -1)
		return -1;
	folder = xasprintf("%s/devices", cli->var);
	rc = io_make_folder(folder, 0700);
	free(folder);
	bar = cli_progress_begin(cli, "making keys", (double)count);
	for (i = 1; i <= count && rc == 0; i++) {
		if ((rc = name_one(cli, i, &m)) == 0)
			rc = make(cli, &m, &rows);
		cli_progress_set(bar, (double)i);
	}
	cli_progress_end(bar);
	if (rc == 0 && file != NULL)
		rc = io_write_file(file, 0644, buf_span(&rows));
	if (rc == 0)
		cli_say(cli, "%ld of them %s in %s/devices", count,
		    count == 1 ? "is" : "are", cli->var);
	buf_free(&rows);
	return rc;
}

int
device_show(struct cli *cli, json_t *o)
{
	const json_t *list = json_object_get(o, "certificates");
	size_t i;

	for (i = 0; !cli->json && i < json_array_size(list); i++)
		json_object_del(json_array_get(list, i), "certificate");
	return cli_show_parts(cli, o);
}

static int
show(struct cli *cli)
{
	return device_show(cli,
	    cli_get(cli, "/v1/devices/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli_escape(cli_arg(cli, 1))));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/devices",
	    "kind,id,organisation,model,lot,state,tac,created");
}

/* ---- collect */

struct collect {
	struct cli *cli;
	json_t *issuers; /* id and certificate of each */
	struct cli_progress *bar;
	long done;
};

static int
put_pem(json_t *certificate, struct buf *pem)
{
	const char *text = json_string_value(certificate);
	struct buf der = BUF_EMPTY;
	int rc;

	rc = text == NULL || base64_decode(&der, span_str(text)) == -1
	    ? err_set(ERR_INTERNAL, "the answer lacks a certificate")
	    : 0;
	if (rc == 0)
		cert_write_pem(buf_span(&der), pem);
	buf_free(&der);
	return rc;
}

static json_t *
issuer_of(const struct collect *c, const json_t *result)
{
	json_int_t id = json_integer_value(json_object_get(result, "issuer"));
	json_t *o;
	size_t i;

	for (i = 0; i < json_array_size(c->issuers); i++) {
		o = json_array_get(c->issuers, i);
		if (json_integer_value(json_object_get(o, "id")) == id)
			return json_object_get(o, "certificate");
	}
	return NULL;
}

static int
collect_one(json_t *result, void *ctx)
{
	struct collect *c = ctx;
	const char *id = json_string_value(json_object_get(result, "id"));
	struct buf pem = BUF_EMPTY;
	char *path;
	int rc;

	if (id == NULL || !manifest_id_ok(span_str(id)))
		return err_set(ERR_INTERNAL, "the answer lacks an id");
	rc = put_pem(json_object_get(result, "certificate"), &pem);
	if (rc == 0)
		rc = put_pem(issuer_of(c, result), &pem);
	if (rc == 0) {
		path = cli_device(c->cli, id, ".crt");
		rc = io_write_file(path, 0644, buf_span(&pem));
		free(path);
	}
	buf_free(&pem);
	cli_progress_set(c->bar, (double)++c->done);
	return rc;
}

static int
collect(struct cli *cli)
{
	const char *number = cli_arg(cli, 0);
	json_t *lot = cli_get(cli, "/v1/lots/%s", cli_escape(number));
	struct collect c = { .cli = cli };
	char *path;
	int rc;

	if (lot == NULL)
		return -1;
	c.issuers = json_object_get(lot, "issuers");
	c.bar = cli_progress_begin(cli, "collecting",
	    (double)json_integer_value(json_object_get(lot, "issued")));
	path = xasprintf("/v1/lots/%s/certificates", cli_escape(number));
	rc = lines_get(cli, path, collect_one, &c);
	cli_progress_end(c.bar);
	if (rc == 0)
		cli_say(cli, "%ld certificate%s %s in %s/devices", c.done,
		    text_s((unsigned long long)c.done),
		    c.done == 1 ? "is" : "are", cli->var);
	free(path);
	json_decref(lot);
	return rc;
}

static const struct cli_option new_options[] = {
	{ "kind", "KIND", "tre or terminal", true, false },
	{ "id", "ID", "one device", false, false },
	{ "prefix", "TEXT", "many: TEXT1, TEXT2, ...", false, false },
	{ "count", "N", "how many", false, false },
	{ "tre", "ID", "of one terminal: the TrE in it", false, false },
	{ "tre-prefix", "TEXT", "of many terminals: their TrEs", false, false },
	{ "tac", "DIGITS", "of terminals, when their model has several", false,
	    false },
	{ "rows", "FILE", "write the rows of a lot", false, false },
	CLI_ALGORITHM,
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "kind", "KIND", "tre or terminal", false, false },
	{ "model", "HANDLE", "only those of this model", false, false },
	{ "lot", "NUMBER", "only those of this lot; with --state alone", false,
	    false },
	{ "prefix", "TEXT",
	    "only those whose id begins so, in the order of the ids; with "
	    "--kind "
	    "and --model alone",
	    false, false },
	LIST_PAGES,
};

const struct cli_command device_commands[] = {
	{ "device", "new", NULL,
	    "play the factory: make keys and requests in VAR/devices",
	    new_options, new_devices,
	    "A key that is there already is kept.\n"
	    "  assay device new --kind tre --prefix TRE- --count 1000 \\\n"
	    "        --rows tre.rows" },
	{ "device", "collect", "LOT",
	    "put a lot's certificates beside the keys in VAR/devices", NULL,
	    collect, "  assay device collect LOT-2026-000001 --as tresor-pki" },
	{ "device", "list", NULL, "devices, newest first", search_options, list,
	    "  assay device list --model tresor-m2 --as tresor-pki\n"
	    "  assay device list --prefix TRE-00 --as reader" },
	{ "device", "show", "KIND ID",
	    "what the register says of a tre or terminal", NULL, show,
	    "  assay device show tre TRE-1 --as tresor-pki" },
	CLI_END,
};
