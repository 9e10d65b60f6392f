/*
 * assay ca: the CAs, and the end of one's issuing.
 */

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/cas",
	    "ca,role,organisation,state,algorithm,root,certificates,"
	    "not_after,retires");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/cas/%s", cli_escape(cli_arg(cli, 0))));
}

/* Propose it; the subject of the proposal is called CA-NUMBER. */
static int
propose(struct cli *cli, json_t *body, const char *verb)
{
	int rc = cli_show_parts(cli,
	    cli_post(
		cli, body, "/v1/cas/%s/%s", cli_escape(cli_arg(cli, 0)), verb));

	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA second person approves or rejects it: assay approve "
		    "CA-%s",
		    cli_arg(cli, 0));
	return rc;
}

static int
retire(struct cli *cli)
{
	return propose(cli,
	    json_pack("{s:s}", "reason", cli_option(cli, "reason")), "retire");
}

static int
destroy_key(struct cli *cli)
{
	return propose(cli,
	    json_pack("{s:s}", "reason", cli_option(cli, "reason")),
	    "destroy-key");
}

static int
succeed(struct cli *cli)
{
	const char *algorithm = cli_option(cli, "algorithm");
	json_t *body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));

	if (algorithm != NULL)
		json_object_set_new(body, "algorithm", json_string(algorithm));
	return propose(cli, body, "succeed");
}

static const struct cli_option succeed_options[] = {
	{ "reason", "TEXT", "why", true, false },
	{ "algorithm", "NAME",
	    "of its key (else as assay.cnf says), such as ML-DSA-65", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "role", "ROLE", "only root, access, tre or terminal", false, false },
	LIST_PAGES,
};

const struct cli_command ca_commands[] = {
	{ "ca", "list", NULL, "list the CAs, newest first", search_options,
	    list,
	    "  assay ca list --as reader\n"
	    "  assay ca list --role tre --state active --as reader" },
	{ "ca", "show", "NUMBER", "a CA with its certificate", NULL, show,
	    "  assay ca show 3 --as reader" },
	{ "ca", "retire", "NUMBER", "propose that a CA issues no more",
	    reason_options, retire,
	    "What it has issued stays good, and its CRLs and OCSP answers go "
	    "on; lots\nthat it has begun end on it.  The supplier's next lot "
	    "gets a new CA, with a\nnew key of the algorithm that assay.cnf "
	    "says by then.\n"
	    "  assay ca retire 3 --reason \"to P-384\" --as security-1" },
	{ "ca", "succeed", "NUMBER", "propose a new root after this one",
	    succeed_options, succeed,
	    "A new key under the same name, and two certificates that link "
	    "the roots, so\nthat whoever has either of them can verify "
	    "everything.  The old root issues\nno more; no device is "
	    "touched.\n"
	    "  assay ca succeed 1 --reason \"to ML-DSA\" --algorithm "
	    "ML-DSA-65 --as security-1\n"
	    "  assay approve CA-1 --as decider-1" },
	{ "ca", "destroy-key", "NUMBER",
	    "propose that the authority destroys a CA's key", reason_options,
	    destroy_key,
	    "Of one that is revoked or has ended, or none of whose "
	    "certificates is good: it\nsigns no CRL then.  A decider approves; "
	    "whoever keeps backups destroys the\nkey there, too.\n"
	    "  assay ca destroy-key 3 --reason \"rolled over\" --as "
	    "security-1\n"
	    "  assay approve CA-3 --as decider-1" },
	CLI_END,
};
