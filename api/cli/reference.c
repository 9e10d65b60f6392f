/*
 * assay reference: what a TrE's evidence is judged against.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/file.h"
#include "api/cli/list.h"
#include "base/io.h"
#include "tpm/quote.h"

/* What a device of that firmware measures, as its TPM quotes it. */
static int
put_quoted(struct cli *cli, json_t *body)
{
	const char *attest = cli_option(cli, "quote");
	const char *signature = cli_option(cli, "signature");
	struct buf a = BUF_EMPTY, s = BUF_EMPTY;
	struct tpm_quote q;
	int rc = -1;

	if (attest == NULL)
		return 0;
	if (signature == NULL)
		return cli_usage("--quote goes with --signature");
	if (io_read_file(attest, QUOTE_ATTEST_MAX, &a) == 0 &&
	    io_read_file(signature, QUOTE_SIGNATURE_MAX, &s) == 0 &&
	    tpm_quote_parse(buf_span(&a), buf_span(&s), &q) == 0) {
		json_object_set_new(
		    body, "measured", json_pack("[s]", q.measured));
		rc = 0;
	}
	buf_free(&a);
	buf_free(&s);
	return rc;
}

static int
submit(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "model", "model");
	body_put(body, cli, "kind", "kind");
	body_put(body, cli, "firmware", "firmware");
	body_put_all(body, cli, "measured", "measured");
	if (put_quoted(cli, body) == -1 ||
	    file_put(body, cli, "certificate", "certificate", "CERTIFICATE") ==
		-1) {
		json_decref(body);
		return -1;
	}
	return cli_show(cli, cli_post(cli, body, "/v1/references"), NULL);
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/references",
	    "number,model,kind,firmware,submitted_by,state,effective");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(cli, "/v1/references/%s", cli_escape(cli_arg(cli, 0))));
}

/* What is signed says which octets of the supplier's. */
static int
propose(struct cli *cli)
{
	const char *number = cli_arg(cli, 0);
	json_t *r = cli_get(cli, "/v1/references/%s", cli_escape(number));
	json_t *body;

	if (r == NULL)
		return -1;
	body = json_pack("{s:s}", "sha256", cli_text(r, "sha256"));
	json_decref(r);
	return cli_show_proposed(cli,
	    cli_post(
		cli, body, "/v1/references/%s/propose", cli_escape(number)),
	    number);
}

static int
revoke(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return cli_show(cli,
	    cli_post(cli, body, "/v1/references/%s/revoke",
		cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static const struct cli_option submit_options[] = {
	{ "model", "HANDLE", "of TrEs", true, false },
	{ "kind", "KIND", "transcript, tpm_quote, dice or ek_root", true,
	    false },
	{ "firmware", "VERSION", "that measures so", false, false },
	{ "measured", "TEXT",
	    "what it measures; of several each is one that it may", false,
	    true },
	{ "quote", "FILE", "or: a TPMS_ATTEST of a device that runs it", false,
	    false },
	{ "signature", "FILE", "and its TPMT_SIGNATURE", false, false },
	{ "certificate", "FILE", "of an ek_root, PEM or DER", false, false },
	CLI_OPTION_END,
};

static const struct cli_option revoke_options[] = {
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option reference_options[] = {
	LIST_STATE,
	{ "model", "HANDLE", "only those of this model", false, false },
	LIST_PAGES,
};

const struct cli_command reference_commands[] = {
	{ "reference", "submit", NULL,
	    "say what firmware measures, or whose TPMs are in a model",
	    submit_options, submit,
	    "By the model's supplier; two deciders accept it.\n"
	    "  assay reference submit --model tresor-m3 --kind tpm_quote \\\n"
	    "      --firmware 2.1.0 --quote golden.attest \\\n"
	    "      --signature golden.sig --as tresor-pki" },
	{ "reference", "list", NULL, "list the references that you may see",
	    reference_options, list,
	    "  assay reference list --model tresor-m3 --as tresor-pki" },
	{ "reference", "show", "NUMBER", "a reference and its history", NULL,
	    show, "  assay reference show REF-2026-000001 --as reader" },
	{ "reference", "propose", "NUMBER", "propose to accept it", NULL,
	    propose,
	    "  assay reference propose REF-2026-000001 --as decider-1" },
	{ "reference", "revoke", "NUMBER",
	    "refuse whatever measures so, at once", revoke_options, revoke,
	    "  assay reference revoke REF-2026-000001 \\\n"
	    "      --reason \"a hole in 2.1.0\" --as security-1" },
	CLI_END,
};
