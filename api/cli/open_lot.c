/*
 * assay lot open and close: let devices ask for themselves.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/cli.h"
#include "api/cli/lines.h"
#include "api/cli/signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "issue/manifest.h"
#include "issue/open_lot.h"
#include "x509/cert.h"

#define FILE_MOST 65536

/* A fresh secret for that device: its hash into the header. */
static int
add_secret(struct open_lot *o, const char *id, const char *secret)
{
	if (o->nsecrets == OPEN_LOT_SECRETS_MAX)
		return cli_usage("a lot has secrets for %d devices at most: "
				 "open another for the others",
		    OPEN_LOT_SECRETS_MAX);
	open_lot_secret_hash(
	    span_str(id), span_str(secret), o->secrets[o->nsecrets++]);
	return 0;
}

/* The same as a key for its MACs, which is in the header itself. */
static int
add_mac(struct open_lot *o, const char *id, const char *key)
{
	struct open_lot_mac *mac = &o->macs[o->nmacs];

	if (o->nmacs == OPEN_LOT_MACS_MAX)
		return cli_usage("a lot has keys for MACs of %d devices at "
				 "most: open another for the others",
		    OPEN_LOT_MACS_MAX);
	(void)snprintf(mac->device, sizeof(mac->device), "%s", id);
	(void)snprintf(mac->key, sizeof(mac->key), "%s", key);
	o->nmacs++;
	return 0;
}

/* One for each id of the file, a line each: into the header, and as
 * "DEVICE:SECRET" into `lines`. */
static int
make_secrets(const char *path, struct open_lot *o,
    int (*add)(struct open_lot *, const char *, const char *),
    struct buf *lines)
{
	struct buf ids = BUF_EMPTY;
	char *id, *rest, secret[OPEN_LOT_SECRET_SIZE + 1];
	int rc = lines_read(path, FILE_MOST, &ids);

	id = rc == 0 ? strtok_r((char *)buf_str(&ids), "\n", &rest) : NULL;
	for (; id != NULL && rc == 0; id = strtok_r(NULL, "\n", &rest)) {
		open_lot_secret(secret);
		if (!manifest_id_ok(span_str(id)))
			rc = cli_usage(
			    "\"%.40s\" in %s is no device's id", id, path);
		else
			rc = add(o, id, secret);
		buf_printf(lines, "%s:%s\n", id, secret);
	}
	explicit_bzero(secret, sizeof(secret));
	buf_free(&ids);
	return rc;
}

/* Certificates of the supplier's factories, PEM, all that the file has. */
static int
read_factory(const char *path, struct open_lot *o)
{
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;
	int rc = io_read_file(path, FILE_MOST, &pem);

	text = buf_span(&pem);
	while (rc == 0 && (rc = cert_read_pem(&text, &der)) == 0) {
		if (o->nfactory == OPEN_LOT_FACTORY_MAX ||
		    der.n > OPEN_LOT_CERT_MAX)
			rc = cli_usage("%s: four certificates at most, each of "
				       "2048 octets at most",
			    path);
		else {
			memcpy(o->factory[o->nfactory], der.p, der.n);
			o->factory_size[o->nfactory++] = der.n;
		}
		buf_clear(&der);
	}
	if (rc == -1 && err_kind() == ERR_ABSENT && o->nfactory > 0)
		rc = 0; /* no more */
	buf_free(&der);
	buf_free(&pem);
	return rc;
}

static int
sign_header(struct cli *cli, const struct open_lot *o, struct buf *jws)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	open_lot_write(&payload, o);
	rc = signer_sign(cli, OPEN_LOT_TYP, buf_span(&payload), jws);
	buf_wipe(&payload);
	return rc;
}

static int
send_header(struct cli *cli, const struct buf *jws)
{
	struct client_call call = { .method = "POST",
		.path = "/v1/open-lots",
		.content_type = "application/jose",
		.body = buf_span(jws),
		.unsigned_act = true };
	struct client_reply reply;
	json_t *lot;

	if (client_do(cli, &call, &reply) == -1)
		return -1;
	lot = client_reply_json(cli, &reply);
	client_reply_free(&reply);
	if (lot != NULL && !cli->json)
		json_object_del(lot, "issuers");
	return cli_show(cli, lot, NULL);
}

static int
read_options(struct cli *cli, struct open_lot *o)
{
	const char *reference = cli_option(cli, "reference");
	long count, days;

	if (cli_option_int(cli, "count", 1, OPEN_LOT_COUNT_MAX, 0, &count) ==
		-1 ||
	    cli_option_int(cli, "days", 1, 366, 30, &days) == -1)
		return -1;
	(void)snprintf(
	    o->model, sizeof(o->model), "%s", cli_option(cli, "model"));
	(void)snprintf(o->site, sizeof(o->site), "%s", cli_option(cli, "site"));
	(void)snprintf(o->reference, sizeof(o->reference), "%s",
	    reference != NULL ? reference : "");
	o->count = (int)count;
	o->iat = clock_now();
	o->until = o->iat + days * DAY;
	o->renewal = cli_switch(cli, "renewal");
	return 0;
}

/* The secrets are in their file before anybody could need them. */
static int
open_command(struct cli *cli)
{
	const char *ids = cli_option(cli, "ids");
	const char *out = cli_option(cli, "secrets");
	const char *macs = cli_option(cli, "mac-keys");
	const char *factory = cli_option(cli, "factory");
	struct open_lot *o = xcalloc(1, sizeof(*o));
	struct buf lines = BUF_EMPTY, keys = BUF_EMPTY, jws = BUF_EMPTY;
	int rc;

	rc = read_options(cli, o);
	if (rc == 0 && (ids == NULL) != (out == NULL && macs == NULL))
		rc = cli_usage(
		    "--ids goes together with --secrets, --mac-keys or both");
	if (rc == 0 && factory != NULL)
		rc = read_factory(factory, o);
	if (rc == 0 && out != NULL)
		rc = make_secrets(ids, o, add_secret, &lines);
	if (rc == 0 && macs != NULL)
		rc = make_secrets(ids, o, add_mac, &keys);
	if (rc == 0 && out != NULL)
		rc = io_write_file(out, 0600, buf_span(&lines));
	if (rc == 0 && macs != NULL)
		rc = io_write_file(macs, 0600, buf_span(&keys));
	if (rc == 0)
		rc = sign_header(cli, o, &jws);
	if (rc == 0)
		rc = send_header(cli, &jws);
	buf_wipe(&lines);
	buf_wipe(&keys);
	buf_wipe(&jws);
	open_lot_free(o);
	return rc;
}

static int
close_command(struct cli *cli)
{
	json_t *lot = cli_post(
	    cli, NULL, "/v1/lots/%s/close", cli_escape(cli_arg(cli, 0)));

	if (lot != NULL && !cli->json)
		json_object_del(lot, "issuers");
	return cli_show(cli, lot, NULL);
}

static const struct cli_option open_options[] = {
	{ "model", "HANDLE", "what the devices are", true, false },
	{ "site", "HANDLE", "where they are made", true, false },
	{ "count", "N", "so many requests at most", true, false },
	{ "days", "N", "for so long (30; 366 at most)", false, false },
	{ "renewal", NULL, "devices of the model may renew under it", false,
	    false },
	{ "ids", "FILE", "devices that get a one-time secret, one id a line",
	    false, false },
	{ "secrets", "FILE", "where to write them: DEVICE:SECRET, a line each",
	    false, false },
	{ "mac-keys", "FILE",
	    "where to write keys of MACs (CMP) for them: DEVICE:KEY", false,
	    false },
	{ "factory", "FILE",
	    "certificates, PEM, under which messages of CMP are signed", false,
	    false },
	{ "reference", "TEXT", "your own name for it", false, false },
	CLI_OPTION_END,
};

const struct cli_command open_lot_commands[] = {
	{ "lot", "open", NULL, "let devices ask for themselves, by EST or CMP",
	    open_options, open_command,
	    "You sign what may come.  Each device asks at\n"
	    "/.well-known/est/NUMBER, with your credential or its secret.\n"
	    "The register gets hashes of the secrets; FILE alone has them.\n"
	    "Keys for MACs it gets as they are: make them for this alone.\n"
	    "  assay lot open --model tresor-m2 \\\n"
	    "      --site tresor-dresden --count 100 --ids ids \\\n"
	    "      --secrets secrets --as tresor-pki" },
	{ "lot", "close", "NUMBER", "close an open lot", NULL, close_command,
	    "What was issued stays.\n"
	    "  assay lot close LOT-2026-000003 --as tresor-pki" },
	CLI_END,
};
