/*
 * assay ek-crl: CRLs of those who make TPMs.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/file.h"
#include "api/cli/list.h"

static int
submit(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "root", "root");
	if (file_put_all(body, cli, "issuers", "issuer", "CERTIFICATE") == -1 ||
	    file_put(body, cli, "crl", "crl", "X509 CRL") == -1) {
		json_decref(body);
		return -1;
	}
	return cli_show(cli, cli_post(cli, body, "/v1/ek-crls"), NULL);
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/ek-crls",
	    "number,root,model,entries,next_update,state,effective");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/ek-crls/%s", cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option submit_options[] = {
	{ "root", "NUMBER", "the EK root that its issuer is, or is below", true,
	    false },
	{ "issuer", "FILE",
	    "certificate of its issuer; then those up to the root, but not the "
	    "root; none: the root itself",
	    false, true },
	{ "crl", "FILE", "PEM or DER", true, false },
	CLI_OPTION_END,
};

static const struct cli_option ek_crl_options[] = {
	LIST_STATE,
	LIST_PAGES,
};

const struct cli_command ek_crl_commands[] = {
	{ "ek-crl", "submit", NULL,
	    "bring a CRL of a maker of TPMs: what it takes back counts for "
	    "nothing",
	    submit_options, submit,
	    "By a supplier of such TPMs, or a security officer.\n"
	    "  assay ek-crl submit --root REF-2026-000001 --issuer maker.der "
	    "\\\n"
	    "      --crl maker.crl --as tresor-pki" },
	{ "ek-crl", "list", NULL, "list those that you may see", ek_crl_options,
	    list, "  assay ek-crl list --state stale --as security-1" },
	{ "ek-crl", "show", "NUMBER", "one and its history", NULL, show,
	    "  assay ek-crl show EKC-2026-000001 --as reader" },
	CLI_END,
};
