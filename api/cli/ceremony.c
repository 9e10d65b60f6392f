/*
 * assay ca: a root's ceremony, on a machine without network and database, and
 * the transcript that tells of it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/cli.h"
#include "api/cli/layout.h"
#include "api/cli/offline.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "ceremony/confirmation.h"
#include "ceremony/run.h"
#include "ceremony/run_key.h"
#include "ceremony/transcript.h"
#include "key/pkcs11.h"
#include "x509/cert.h"

#define ROOT_MOST 65536

static int
open_ceremony(const char *script, struct ceremony *c)
{
	char profiles[INSTANCE_PATH_MAX + 32];
	struct layout l;

	memset(c, 0, sizeof(*c));
	if (layout_find(&l) == -1)
		return -1;
	(void)snprintf(
	    profiles, sizeof(profiles), "%s/conf/profiles.cnf", l.share);
	return ceremony_open(c, script, profiles);
}

/* ---- carried out */

static size_t
count(const struct cli *cli, const char *option)
{
	size_t n = 0;

	while (cli_option_at(cli, option, n) != NULL)
		n++;
	return n;
}

/* One JWS a file; the newline behind it is none of its octets. */
static int
read_confirmations(const struct cli *cli, struct buf *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (io_read_file(cli_option_at(cli, "confirmation", i),
			CONFIRMATION_MAX, &list[i]) == -1)
			return -1;
		while (list[i].n > 0 && list[i].p[list[i].n - 1] == '\n')
			list[i].n--;
	}
	return 0;
}

static int
carry_out(const struct cli *cli, const struct ceremony *c, struct buf *text)
{
	size_t n = count(cli, "confirmation");
	struct buf *list;
	int rc;

	if (n > SCRIPT_CUSTODIANS_MAX)
		return cli_usage(
		    "there are %d custodians at most", SCRIPT_CUSTODIANS_MAX);
	list = xcalloc(n + 1, sizeof(list[0]));
	rc = read_confirmations(cli, list, n);
	if (rc == 0)
		rc = run_ceremony(c, cli_arg(cli, 0), list, n, text);
	for (size_t i = 0; i < n; i++)
		buf_free(&list[i]);
	free(list);
	return rc;
}

static int
ceremony_command(struct cli *cli)
{
	struct buf text = BUF_EMPTY;
	struct ceremony c;
	int rc = open_ceremony(cli_arg(cli, 0), &c);

	if (rc == 0)
		rc = cli_switch(cli, "dry-run") ? run_dry(&c, &text)
						: carry_out(cli, &c, &text);
	if (rc == 0 && !cli->quiet)
		(void)fputs(buf_str(&text), stdout);
	buf_free(&text);
	ceremony_free(&c);
	return rc;
}

/* ---- a new root's key, before */

static int
key_command(struct cli *cli)
{
	struct buf text = BUF_EMPTY, key = BUF_EMPTY;
	struct ceremony c;
	int rc = open_ceremony(cli_arg(cli, 0), &c);

	/* whatever is wrong with the script shows before there is a key */
	if (rc == 0 && (rc = run_dry(&c, &text)) == 0)
		rc = run_key_make(&c, cli_arg(cli, 0), &key);
	if (rc == 0 && !cli->quiet)
		(void)fputs(buf_str(&key), stdout);
	buf_free(&text);
	buf_free(&key);
	ceremony_free(&c);
	return rc;
}

/* ---- confirmed */

/* A file, or with --label a key on the token of that URI. */
static struct key *
open_key(const struct cli *cli, struct pkcs11 **token)
{
	const char *where = cli_option(cli, "key");
	const char *label = cli_option(cli, "label");

	*token = NULL;
	if (label == NULL)
		return key_load(where, cli_option(cli, "passphrase"));
	if ((*token = pkcs11_open(where)) == NULL)
		return NULL;
	return pkcs11_key_load(*token, label);
}

static int
confirm(const struct cli *cli, const struct ceremony *c)
{
	const char *out = cli_option(cli, "out");
	struct buf text = BUF_EMPTY, jws = BUF_EMPTY;
	struct pkcs11 *token = NULL;
	struct key *key = NULL;
	int rc = run_dry(c, &text);

	if (rc == 0)
		rc = (key = open_key(cli, &token)) == NULL ? -1 : 0;
	if (rc == 0)
		rc = confirmation_build(c, key, clock_now(), &jws);
	buf_putc(&jws, '\n');
	if (rc == 0)
		rc = io_create_file(out, 0644, buf_span(&jws));
	if (rc == 0 && !cli->quiet)
		printf("%s\nconfirmed: %s\n", buf_str(&text), out);
	key_free(key);
	if (token != NULL)
		pkcs11_close(token);
	buf_free(&text);
	buf_free(&jws);
	return rc;
}

static int
confirm_command(struct cli *cli)
{
	struct ceremony c;
	int rc = open_ceremony(cli_arg(cli, 0), &c);

	if (rc == 0)
		rc = confirm(cli, &c);
	ceremony_free(&c);
	return rc;
}

/* ---- verified */

/* That it does not hold is an answer; that there is none, a failure. */
static int
say_verified(const struct cli *cli, int rc, bool custodians, struct buf *text)
{
	if (rc == -1)
		return err_code()[0] != '\0' &&
			(err_kind() == ERR_DENIED || err_kind() == ERR_INPUT)
		    ? offline_bad(cli, "transcript", "")
		    : -1;
	if (cli->json)
		offline_json(json_pack("{s:b, s:b, s:b}", "valid", 1,
		    "root_trusted", cli_option(cli, "root") != NULL,
		    "custodians_trusted", custodians));
	else if (!cli->quiet)
		(void)fputs(buf_str(text), stdout);
	return 0;
}

/* One root, PEM, or DER as AIA's address has it. */
static int
read_root(const char *path, struct buf *der)
{
	struct buf file = BUF_EMPTY;
	struct span text;
	int rc;

	if ((rc = io_read_file(path, ROOT_MOST, &file)) == 0) {
		text = buf_span(&file);
		if (text.n > 0 && text.p[0] == 0x30)
			buf_put_span(der, text);
		else
			rc = cert_read_pem(&text, der);
	}
	buf_free(&file);
	return rc;
}

static int
transcript_command(struct cli *cli)
{
	struct buf root = BUF_EMPTY, text = BUF_EMPTY;
	bool custodians = false;
	int rc = 0;

	if (cli_option(cli, "root") != NULL)
		rc = read_root(cli_option(cli, "root"), &root);
	if (rc == 0) {
		rc = ceremony_verify(cli_arg(cli, 0), buf_span(&root),
		    cli_option(cli, "script"), &custodians, &text);
		rc = say_verified(cli, rc, custodians, &text);
	}
	buf_free(&root);
	buf_free(&text);
	return rc;
}

static const struct cli_option ceremony_options[] = {
	{ "dry-run", NULL,
	    "show what would be made and the digest to confirm; write nothing",
	    false, false },
	{ "confirmation", "FILE", "a custodian's, by `ceremony confirm`", false,
	    true },
	CLI_OPTION_END,
};

static const struct cli_option confirm_options[] = {
	{ "key", "FILE", "your private key, PEM, or a token's URI", true,
	    false },
	{ "label", "NAME", "of the key on the token", false, false },
	{ "passphrase", "SOURCE", "a file, fd:N or credential:NAME", false,
	    false },
	{ "out", "FILE", "where the confirmation goes", true, false },
	CLI_OPTION_END,
};

static const struct cli_option transcript_options[] = {
	{ "root", "FILE", "the root's certificate that you trust", false,
	    false },
	{ "script", "FILE",
	    "the script that was reviewed, its custodians' keys with it", false,
	    false },
	CLI_OPTION_END,
};

const struct cli_command ceremony_commands[] = {
	{ "ca", "ceremony key", "SCRIPT", "make the key of a new root", NULL,
	    key_command,
	    "Before custodians confirm, so that they confirm this very key.  "
	    "Its public\nhalf goes beside it; one that is there stays.\n"
	    "    assay ca ceremony key script.yaml" },
	{ "ca", "ceremony confirm", "SCRIPT",
	    "confirm a ceremony as one of its custodians", confirm_options,
	    confirm_command,
	    "Shows what the ceremony makes, and signs its digest.\n"
	    "    assay ca ceremony confirm script.yaml --key anna.key \\\n"
	    "        --out anna.jws" },
	{ "ca", "ceremony", "SCRIPT",
	    "sign what is requested of a root that is offline",
	    ceremony_options, ceremony_command,
	    "Needs no instance and no network.  First --dry-run, of a new\n"
	    "root `ceremony key`, then the custodians confirm, then\n"
	    "    assay ca ceremony script.yaml --confirmation anna.jws \\\n"
	    "        --confirmation bert.jws" },
	{ "ca", "transcript verify", "FOLDER",
	    "verify a ceremony's results and its transcript",
	    transcript_options, transcript_command,
	    "Needs no instance and no network.\n"
	    "    assay ca transcript verify results --root root.cer \\\n"
	    "        --script script.yaml" },
	CLI_END,
};
