/*
 * assay delegated-ca: suppliers' own CAs.
 */

#include <stdlib.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/file.h"
#include "api/cli/list.h"
#include "api/cli/out.h"
#include "base/enc.h"
#include "base/err.h"
#include "x509/cert.h"

static int
request(struct cli *cli)
{
	char *csr = file_base64(cli_option(cli, "csr"), "CERTIFICATE REQUEST");
	json_t *body;

	if (csr == NULL)
		return -1;
	body = json_pack("{s:s}", "csr", csr);
	free(csr);
	body_put(body, cli, "role", "role");
	body_put(body, cli, "site", "site");
	body_put_all(body, cli, "models", "model");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/delegated-cas"));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/delegated-cas",
	    "number,organisation,role,site,state,standing,issuer,expires");
}

static json_t *
get(struct cli *cli)
{
	return cli_get(
	    cli, "/v1/delegated-cas/%s", cli_escape(cli_arg(cli, 0)));
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli, get(cli));
}

/* What was asked for, taken over into the decider's own signed terms. */
static int
propose(struct cli *cli)
{
	static const char *const same[] = { "csr_sha256", "role", "site",
		"models" };
	json_t *body, *ca;
	long days;
	size_t i;

	if (cli_option_int(cli, "valid-days", 1, 1095, 1095, &days) == -1 ||
	    (ca = get(cli)) == NULL)
		return -1;
	body = json_pack("{s:I}", "valid_days", (json_int_t)days);
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		json_object_set(body, same[i], json_object_get(ca, same[i]));
	json_decref(ca);
	ca = cli_post(cli, body, "/v1/delegated-cas/%s/propose",
	    cli_escape(cli_arg(cli, 0)));
	return cli_show_proposed(cli, ca, cli_arg(cli, 0));
}

static int
withdraw(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/delegated-cas/%s/withdraw",
		cli_escape(cli_arg(cli, 0))));
}

/* Its certificate, for the supplier's CA software. */
static int
certificate(struct cli *cli)
{
	const char *out = cli_option(cli, "out");
	struct buf der = BUF_EMPTY, pem = BUF_EMPTY;
	json_t *ca = get(cli);
	int rc = -1;

	if (ca == NULL)
		return -1;
	if (cli_text(ca, "certificate")[0] == '\0')
		err_set(ERR_ABSENT, "%s is not certified: it is %s",
		    cli_arg(cli, 0), cli_text(ca, "state"));
	else if (base64_decode(&der, span_str(cli_text(ca, "certificate"))) ==
	    0) {
		cert_write_pem(buf_span(&der), &pem);
		rc = out_write(out, 0644, buf_span(&pem));
	}
	json_decref(ca);
	buf_free(&der);
	buf_free(&pem);
	return rc;
}

/* It is signed by the CA; who hands it over need not sign it, too. */
static int
crl(struct cli *cli)
{
	char *text = file_base64(cli_arg(cli, 1), "X509 CRL"), *path;
	struct client_call call = { .method = "POST",
		.content_type = "application/json",
		.unsigned_act = true };
	struct client_reply reply;
	struct buf body = BUF_EMPTY;
	int rc = -1;

	if (text == NULL)
		return -1;
	path =
	    xasprintf("/v1/delegated-cas/%s/crl", cli_escape(cli_arg(cli, 0)));
	buf_printf(&body, "{\"crl\":\"%s\"}", text);
	call.path = path;
	call.body = buf_span(&body);
	if (client_do(cli, &call, &reply) == 0) {
		rc = cli_show(cli, client_reply_json(cli, &reply), NULL);
		client_reply_free(&reply);
	}
	buf_free(&body);
	free(path);
	free(text);
	return rc;
}

static const struct cli_option request_options[] = {
	{ "role", "ROLE", "what it issues to: tre or terminal", true, false },
	{ "site", "HANDLE", "where its key is, audited for delegated_ca", true,
	    false },
	{ "model", "HANDLE", "that it may issue to", true, true },
	{ "csr", "FILE", "PKCS#10 of its key, DER or PEM", true, false },
	CLI_OPTION_END,
};

static const struct cli_option propose_options[] = {
	{ "valid-days", "DAYS", "how long, 1095 at most and usually", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option out_options[] = {
	{ "out", "FILE", "where to, PEM", true, false },
	CLI_OPTION_END,
};

const struct cli_command delegated_ca_commands[] = {
	{ "delegated-ca", "request", NULL, "ask for a CA of your own",
	    request_options, request,
	    "Two deciders agree, then the root certifies it.\n"
	    "  assay delegated-ca request --role tre --site tresor-dresden \\\n"
	    "      --model tresor-m2 --csr ca.csr --as tresor-pki" },
	{ "delegated-ca", "list", NULL, "list those that you may see",
	    list_options, list, "  assay delegated-ca list --as officer-1" },
	{ "delegated-ca", "show", "NUMBER",
	    "one, its CRLs, and what became of it", NULL, show,
	    "  assay delegated-ca show DCA-2026-000001 --as tresor-pki" },
	{ "delegated-ca", "propose", "NUMBER", "propose to certify it",
	    propose_options, propose,
	    "Another decider approves.\n"
	    "  assay delegated-ca propose DCA-2026-000001 --as decider-1" },
	{ "delegated-ca", "certificate", "NUMBER", "its certificate",
	    out_options, certificate,
	    "  assay delegated-ca certificate DCA-2026-000001 --out ca.crt "
	    "--as tresor-pki" },
	{ "delegated-ca", "crl", "NUMBER FILE", "hand over its CRL, DER or PEM",
	    NULL, crl,
	    "The authority judges it and takes it over: see show.\n"
	    "  assay delegated-ca crl DCA-2026-000001 ca.crl --as tresor-pki" },
	{ "delegated-ca", "withdraw", "NUMBER", "it issues no more",
	    reason_options, withdraw,
	    "What it has issued stays; whoever doubts that, too, revokes the "
	    "CA's\ncertificate (cert revoke) or imposes a measure on the "
	    "issuer.\n"
	    "  assay delegated-ca withdraw DCA-2026-000001 --reason \"closed\" "
	    "--as tresor-pki" },
	CLI_END,
};
