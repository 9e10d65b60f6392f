/*
 * assay attestation-key: keys of TPMs, which their TPM shows to be its own.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/file.h"
#include "api/cli/list.h"
#include "base/enc.h"
#include "base/io.h"

/* The file that tpm2_activatecredential reads. */
static int
save_credential(struct cli *cli, const json_t *answer)
{
	static const uint8_t head[] = { 0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1 };
	struct buf file = BUF_EMPTY;
	int rc = -1;

	buf_put(&file, head, sizeof(head));
	if (base64_decode(&file, span_str(cli_text(answer, "id_object"))) ==
		0 &&
	    base64_decode(
		&file, span_str(cli_text(answer, "encrypted_secret"))) == 0)
		rc = io_write_file(
		    cli_option(cli, "out"), 0600, buf_span(&file));
	buf_free(&file);
	return rc;
}

static int
new_(struct cli *cli)
{
	json_t *body = json_object(), *answer;

	body_put(body, cli, "model", "model");
	if (file_put_all(body, cli, "ek_chain", "ek", "CERTIFICATE") == -1 ||
	    file_put(body, cli, "public", "public", NULL) == -1) {
		json_decref(body);
		return -1;
	}
	answer = cli_post(cli, body, "/v1/attestation-keys");
	if (answer != NULL && save_credential(cli, answer) == -1) {
		json_decref(answer);
		return -1;
	}
	return cli_show(cli, answer, NULL);
}

static int
activate(struct cli *cli)
{
	json_t *body = json_object();

	if (file_put(body, cli, "secret", "secret", NULL) == -1) {
		json_decref(body);
		return -1;
	}
	return cli_show(cli,
	    cli_post(cli, body, "/v1/attestation-keys/%s/activate",
		cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/attestation-keys",
	    "number,model,root,spki_sha256,state,effective");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(
		cli, "/v1/attestation-keys/%s", cli_escape(cli_arg(cli, 0))));
}

static int
revoke(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return cli_show(cli,
	    cli_post(cli, body, "/v1/attestation-keys/%s/revoke",
		cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static const struct cli_option new_options[] = {
	{ "model", "HANDLE", "of TrEs, the one that the TPM is in", true,
	    false },
	{ "ek", "FILE",
	    "certificate of its endorsement key; then those of its issuers, "
	    "but not the root",
	    true, true },
	{ "public", "FILE", "TPM2B_PUBLIC of its attestation key", true,
	    false },
	{ "out", "FILE", "what tpm2_activatecredential opens", true, false },
	CLI_OPTION_END,
};

static const struct cli_option activate_options[] = {
	{ "secret", "FILE", "what the TPM has opened, 32 octets", true, false },
	CLI_OPTION_END,
};

static const struct cli_option revoke_options[] = {
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option key_options[] = {
	LIST_STATE,
	{ "model", "HANDLE", "only those of this model", false, false },
	LIST_PAGES,
};

const struct cli_command attestation_key_commands[] = {
	{ "attestation-key", "new", NULL,
	    "show a TPM's attestation key, get what only that TPM can open",
	    new_options, new_,
	    "  assay attestation-key new --model tresor-m3 --ek ek.der \\\n"
	    "      --public ak.pub --out credential --as tresor-pki\n"
	    "  tpm2_activatecredential -c ak.ctx -C ek.ctx -i credential \\\n"
	    "      -o secret -P session:session.ctx" },
	{ "attestation-key", "activate", "NUMBER",
	    "send what the TPM has opened", activate_options, activate,
	    "  assay attestation-key activate ATK-2026-000001 \\\n"
	    "      --secret secret --as tresor-pki" },
	{ "attestation-key", "list", NULL, "list those that you may see",
	    key_options, list,
	    "  assay attestation-key list --state active --as tresor-pki" },
	{ "attestation-key", "show", "NUMBER", "one and its history", NULL,
	    show, "  assay attestation-key show ATK-2026-000001 --as reader" },
	{ "attestation-key", "revoke", "NUMBER",
	    "what it quotes counts for nothing from now on", revoke_options,
	    revoke,
	    "  assay attestation-key revoke ATK-2026-000001 \\\n"
	    "      --reason \"scrapped\" --as security-1" },
	CLI_END,
};
