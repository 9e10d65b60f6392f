/*
 * assay external-certificate: certificates of other schemes that a CoC may
 * rest on.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
schemes(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/schemes"), "name,what");
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/external-certificates",
	    "number,scheme,level,certificate,issuer,model,site,state,expires");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(cli, "/v1/external-certificates/%s",
		cli_escape(cli_arg(cli, 0))));
}

static int
new_(struct cli *cli)
{
	static const char *const same[] = { "scheme", "model", "site",
		"certificate", "level", "issuer", "expires", "evidence" };
	json_t *body = json_object();
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		body_put(body, cli, same[i], same[i]);
	body_put(body, cli, "valid_from", "valid-from");
	return cli_show(
	    cli, cli_post(cli, body, "/v1/external-certificates"), NULL);
}

/* accept, reject, withdraw */
static int
act(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return cli_show(cli,
	    cli_post(cli, body, "/v1/external-certificates/%s/%s",
		cli_escape(cli_arg(cli, 0)), cli->command->verb),
	    NULL);
}

static const struct cli_option new_options[] = {
	{ "scheme", "NAME", "see: assay external-certificate schemes", true,
	    false },
	{ "model", "HANDLE", "that it speaks for", false, false },
	{ "site", "HANDLE", "or this site", false, false },
	{ "certificate", "NUMBER", "its number in its scheme", true, false },
	{ "level", "TEXT", "such as EAL5+, or level 3", true, false },
	{ "issuer", "NAME", "the certification body", true, false },
	{ "valid-from", "TIME", "as 2026-11-24T00:00:00Z", true, false },
	{ "expires", "TIME", "likewise", true, false },
	{ "evidence", "SHA256", "of the uploaded certificate", true, false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

#define NOUN "external-certificate"

const struct cli_command external_certificate_commands[] = {
	{ NOUN, "schemes", NULL, "schemes that are known here", NULL, schemes,
	    "  assay external-certificate schemes --as reader" },
	{ NOUN, "new", NULL, "enter a certificate of another scheme",
	    new_options, new_,
	    "An officer accepts it, when its evidence was accepted.\n"
	    "  assay external-certificate new --scheme gsma_sas --site dresden "
	    "\\\n"
	    "      --certificate SAS-17 --level UP --issuer GSMA \\\n"
	    "      --valid-from 2026-11-24T00:00:00Z --expires "
	    "2027-11-24T00:00:00Z \\\n"
	    "      --evidence $(sha256sum sas.pdf | cut -c1-64) --as "
	    "tresor-pki" },
	{ NOUN, "list", NULL, "list those that you may see", list_options, list,
	    "  assay external-certificate list --as officer-1" },
	{ NOUN, "show", "NUMBER", "one, and what became of it", NULL, show,
	    "  assay external-certificate show EXT-2026-000001 --as "
	    "officer-1" },
	{ NOUN, "accept", "NUMBER", "accept what somebody else entered", NULL,
	    act,
	    "  assay external-certificate accept EXT-2026-000001 --as "
	    "officer-1" },
	{ NOUN, "reject", "NUMBER", "reject it", reason_options, act,
	    "  assay external-certificate reject EXT-2026-000001 \\\n"
	    "      --reason \"for another chip\" --as officer-1" },
	{ NOUN, "withdraw", "NUMBER", "it no longer holds", reason_options, act,
	    "CoCs that rest on it are judged again.\n"
	    "  assay external-certificate withdraw EXT-2026-000001 \\\n"
	    "      --reason \"withdrawn by its scheme\" --as security-1" },
	CLI_END,
};
