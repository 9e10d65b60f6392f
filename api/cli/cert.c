/*
 * assay cert: show, revoke, hold, release.
 */

#include "api/cli/cli.h"

static int
show(struct cli *cli)
{
	return cli_show(cli,
	    cli_get(cli, "/v1/certificates/%s", cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static int
revoke(struct cli *cli)
{
	const char *when = cli_option(cli, "invalidity-date");
	json_t *body;

	body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));
	if (when != NULL)
		json_object_set_new(body, "invalidity_date", json_string(when));
	return cli_show(cli,
	    cli_post(cli, body, "/v1/certificates/%s/revoke",
		cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static int
hold(struct cli *cli)
{
	return cli_show(cli,
	    cli_post(cli,
		json_pack(
		    "{s:s}", "legal_basis", cli_option(cli, "legal-basis")),
		"/v1/certificates/%s/hold", cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static int
release(struct cli *cli)
{
	return cli_show(cli,
	    cli_post(cli,
		json_pack("{s:s}", "reason", cli_option(cli, "reason")),
		"/v1/certificates/%s/release", cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static const struct cli_option revoke_options[] = {
	{ "reason", "REASON",
	    "unspecified, keyCompromise, cACompromise, affiliationChanged, "
	    "superseded, cessationOfOperation or privilegeWithdrawn",
	    true, false },
	{ "invalidity-date", "TIME",
	    "since when the key was bad, as 2026-11-24T02:03:04Z", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option hold_options[] = {
	{ "legal-basis", "TEXT", "what entitles the body to it", true, false },
	CLI_OPTION_END,
};

static const struct cli_option release_options[] = {
	{ "reason", "TEXT", "why it is good again", true, false },
	CLI_OPTION_END,
};

const struct cli_command cert_commands[] = {
	{ "cert", "show", "CERTIFICATE", "show a certificate and its status",
	    NULL, show,
	    "CERTIFICATE is a serial number or the SHA-256 of the DER, in "
	    "hex.\n"
	    "  assay cert show 01ab... --as reader" },
	{ "cert", "revoke", "CERTIFICATE", "revoke a certificate for good",
	    revoke_options, revoke,
	    "Takes one security officer; cannot be undone.\n"
	    "  assay cert revoke 01ab... --reason keyCompromise "
	    "--as security-1" },
	{ "cert", "hold", "CERTIFICATE", "put a certificate on hold",
	    hold_options, hold,
	    "Takes one security officer; two people release it.\n"
	    "  assay cert hold 01ab... --legal-basis \"incident 7\" --as "
	    "security-1" },
	{ "cert", "release", "CERTIFICATE",
	    "propose to release a certificate from its hold", release_options,
	    release,
	    "It is released when somebody else approves:\n"
	    "  assay cert release 01ab... --reason mended --as security-1\n"
	    "  assay approve 01ab... --as security-2" },
	CLI_END,
};
