/*
 * assay consent: let another operator take a device over, once.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/cli/cli.h"
#include "api/cli/signer.h"
#include "base/clock.h"
#include "key/hash.h"
#include "key/uuid.h"
#include "registry/consent.h"
#include "x509/cert.h"

static int
hash_certificate(const char *path, uint8_t sha256[32])
{
	struct buf der = BUF_EMPTY;
	int rc = signer_certificate(path, &der);

	if (rc == 0)
		hash_sha256(buf_span(&der), sha256);
	buf_free(&der);
	return rc;
}

/* As its certificate has it. */
static int
name_organisation(const struct signer *by, char handle[64])
{
	struct cert c;

	if (cert_parse(buf_span(&by->certificate), &c) == -1)
		return -1;
	(void)snprintf(handle, 64, "%.*s", (int)c.subject.organisation.n,
	    (const char *)c.subject.organisation.p);
	return 0;
}

/* One device's, on a line of its own. */
static int
sign_one(const struct signer *by, struct consent *c, const char *file)
{
	struct buf jws = BUF_EMPTY;
	char id[UUID_TEXT];
	int rc;

	if (hash_certificate(file, c->certificate_sha256) == -1)
		return -1;
	uuid_make(id);
	c->id = id;
	if ((rc = consent_build(
		 c, by->key, buf_span(&by->certificate), &jws)) == 0)
		printf("%s\n", buf_str(&jws));
	c->id = NULL;
	buf_free(&jws);
	return rc;
}

static int
sign_all(struct cli *cli, const struct signer *by, long hours)
{
	struct consent c = { .iat = clock_now() };
	char issuer[64], *url;
	int rc;
	size_t i;

	if (name_organisation(by, issuer) == -1 || (url = cli_url(cli)) == NULL)
		return -1;
	c.issuer = issuer;
	c.target = cli_option(cli, "target");
	c.audience = url;
	c.exp = c.iat + hours * 3600;
	for (i = 0, rc = 0; rc == 0 && i < cli->nargs; i++)
		rc = sign_one(by, &c, cli_arg(cli, i));
	free(url);
	return rc;
}

static int
sign(struct cli *cli)
{
	struct signer by;
	long hours;
	int rc;

	if (cli_option_int(
		cli, "hours", 1, CONSENT_SECONDS / 3600, 24, &hours) == -1 ||
	    signer_open(cli, &by) == -1)
		return -1;
	rc = sign_all(cli, &by, hours);
	signer_free(&by);
	return rc;
}

static const struct cli_option sign_options[] = {
	{ "target", "HANDLE", "the operator that may take it over", true,
	    false },
	{ "hours", "N", "how long it holds, 720 at most; 24", false, false },
	CLI_OPTION_END,
};

const struct cli_command consent_commands[] = {
	{ "consent", "sign", "FILE...",
	    "let another operator take devices over, once", sign_options, sign,
	    "Each FILE has a TrE's certificate.  Prints a consent for each, a "
	    "line; no server is\n"
	    "asked.  It is signed with your key, for that device, that "
	    "operator and this system,\n"
	    "and is used up by the first permit.\n"
	    "  assay consent sign var/devices/TRE-1.crt --target fernfunk \\\n"
	    "      --as mobilfunk-hlr >consent" },
	CLI_END,
};
