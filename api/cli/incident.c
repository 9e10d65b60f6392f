/*
 * assay incident: what went wrong, or may have.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
new_(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "kind", "kind");
	body_put(body, cli, "detail", "detail");
	body_put(body, cli, "reference", "reference");
	body_put_all(body, cli, "devices", "device");
	body_put(body, cli, "organisation", "organisation");
	body_put(body, cli, "model", "model");
	body_put(body, cli, "lot", "lot");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/incidents"));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/incidents",
	    "number,kind,state,severity,source,devices,finding_due,created");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/incidents/%s", cli_escape(cli_arg(cli, 0))));
}

/* The verb is the last part of the address, the options its body. */
static int
act(struct cli *cli)
{
	static const char *const members[] = { "severity", "reason", "finding",
		"revoke", NULL };
	json_t *body = json_object();
	size_t i;

	for (i = 0; members[i] != NULL; i++)
		body_put(body, cli, members[i], members[i]);
	if (cli_switch(cli, "quarantine"))
		json_object_set_new(body, "quarantine", json_true());
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/incidents/%s/%s",
		cli_escape(cli_arg(cli, 0)), cli->command->verb));
}

static int
dismiss(struct cli *cli)
{
	int rc = act(cli);

	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA second person approves or rejects it: assay approve "
		    "%s",
		    cli_arg(cli, 0));
	return rc;
}

static int
measure(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "kind", "kind");
	body_put(body, cli, "scope_kind", "scope");
	body_put(body, cli, "scope", "name");
	body_put(body, cli, "legal_basis", "legal-basis");
	if (cli_switch(cli, "emergency"))
		json_object_set_new(body, "emergency", json_true());
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/incidents/%s/measure",
		cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option new_options[] = {
	{ "kind", "KIND",
	    "tamper_report, clone, stolen_device, mis_issuance or "
	    "vulnerability",
	    true, false },
	{ "detail", "TEXT", "what was noticed, up to 4000 characters", true,
	    false },
	{ "device", "KIND/ID", "a device that it concerns: tre/TRE-1", false,
	    true },
	{ "organisation", "HANDLE", "whom it concerns", false, false },
	{ "model", "HANDLE", "which model", false, false },
	{ "lot", "NUMBER", "which lot", false, false },
	{ "reference", "TEXT", "your own number for it", false, false },
	CLI_OPTION_END,
};

static const struct cli_option triage_options[] = {
	{ "severity", "WORD", "minor, major or critical", true, false },
	{ "reason", "TEXT", "what you think of it", true, false },
	{ "quarantine", NULL, "and quarantine its devices (security)", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option finding_options[] = {
	{ "finding", "TEXT", "what is known so far", true, false },
	CLI_OPTION_END,
};

static const struct cli_option confirm_options[] = {
	{ "reason", "TEXT", "what has shown it", true, false },
	{ "revoke", "REASON",
	    "and revoke its devices' certificates: keyCompromise or "
	    "privilegeWithdrawn (security)",
	    false, false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option measure_options[] = {
	{ "kind", "KIND", "as of assay measure impose", true, false },
	{ "scope", "KIND",
	    "organisation, site, hardware_platform, model or lot of what it "
	    "concerns",
	    true, false },
	{ "name", "NAME", "which one, where it concerns several", false,
	    false },
	{ "legal-basis", "TEXT", "on what ground (else the incident)", false,
	    false },
	{ "emergency", NULL, "at once, by one person, for 72 hours", false,
	    false },
	CLI_OPTION_END,
};

const struct cli_command incident_commands[] = {
	{ "incident", "new", NULL, "report an incident", new_options, new_,
	    "Changes nothing until it is triaged.  What a TrE itself has "
	    "signed does:\n"
	    "see assay device tamper.\n"
	    "  assay incident new --kind tamper_report --device tre/TRE-1 \\\n"
	    "      --detail \"seal broken\" --as mobilfunk-hlr" },
	{ "incident", "list", NULL, "list the incidents that you may see",
	    list_options, list,
	    "  assay incident list --state received --as security-1" },
	{ "incident", "show", "NUMBER",
	    "an incident, its reports, measures and history", NULL, show,
	    "  assay incident show INC-2026-000001 --as reader" },
	{ "incident", "triage", "NUMBER", "take it up", triage_options, act,
	    "  assay incident triage INC-2026-000001 --severity major \\\n"
	    "      --reason \"photos look real\" --quarantine --as "
	    "security-1" },
	{ "incident", "finding", "NUMBER",
	    "the preliminary finding, within 24 hours", finding_options, act,
	    "  assay incident finding INC-2026-000001 --finding \"one device, "
	    "no key\n      extracted\" --as officer-1" },
	{ "incident", "confirm", "NUMBER", "it is so", confirm_options, act,
	    "A stolen device is stolen from then on; one that was opened or "
	    "copied\n"
	    "goes into quarantine.\n"
	    "  assay incident confirm INC-2026-000001 --reason \"read out\" "
	    "\\\n"
	    "      --revoke keyCompromise --as security-1" },
	{ "incident", "dismiss", "NUMBER", "propose to dismiss it",
	    reason_options, dismiss,
	    "Takes two people, and releases no device.\n"
	    "  assay incident dismiss INC-2026-000001 --reason \"a hoax\" --as "
	    "security-1" },
	{ "incident", "close", "NUMBER", "nothing is left to do",
	    reason_options, act,
	    "  assay incident close INC-2026-000001 --reason \"scrapped\" --as "
	    "officer-1" },
	{ "incident", "measure", "NUMBER",
	    "a measure on what it concerns, in one step", measure_options,
	    measure,
	    "The measure waits for two people, or is in force at once with "
	    "--emergency\n"
	    "and a second person confirms it within 72 hours.\n"
	    "  assay incident measure INC-2026-000001 --kind hold --scope "
	    "model \\\n"
	    "      --as security-1" },
	CLI_END,
};
