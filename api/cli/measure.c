/*
 * assay measure: freezes and holds.
 */

#include <stdlib.h>

#include "api/cli/cli.h"
#include "api/cli/detail.h"

/* Show it, and say who must do what next. */
static int
show_next(struct cli *cli, json_t *measure, const char *what)
{
	const char *number =
	    json_string_value(json_object_get(measure, "number"));
	char *text = number != NULL ? xstrdup(number) : NULL;
	int rc = cli_show_parts(cli, measure);

	if (rc == CLI_OK && text != NULL)
		cli_say(cli, "\nA second person %s %s", what, text);
	free(text);
	return rc;
}

static int
impose(struct cli *cli)
{
	bool emergency = cli_switch(cli, "emergency");
	json_t *body;

	body = json_pack("{s:s, s:s, s:s, s:s}", "kind",
	    cli_option(cli, "kind"), "scope_kind",
	    cli_option(cli, "scope-kind"), "scope", cli_option(cli, "scope"),
	    "legal_basis", cli_option(cli, "legal-basis"));
	if (emergency)
		json_object_set_new(body, "emergency", json_true());
	return show_next(cli, cli_post(cli, body, "/v1/measures"),
	    emergency ? "confirms it within 72 hours: assay measure confirm"
		      : "approves or rejects it: assay approve");
}

static int
list(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/measures"),
	    "number,kind,scope_kind,scope,state,emergency,lapses,effective");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/measures/%s", cli_escape(cli_arg(cli, 0))));
}

static int
confirm(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_post(cli, NULL, "/v1/measures/%s/confirm",
		cli_escape(cli_arg(cli, 0))));
}

static int
lift(struct cli *cli)
{
	json_t *body;

	body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));
	return show_next(cli,
	    cli_post(
		cli, body, "/v1/measures/%s/lift", cli_escape(cli_arg(cli, 0))),
	    "approves or rejects lifting it: assay approve");
}

static const struct cli_option impose_options[] = {
	{ "kind", "KIND", "issuance_freeze, download_freeze or hold", true,
	    false },
	{ "scope-kind", "KIND",
	    "organisation, site, hardware_platform, model or lot", true,
	    false },
	{ "scope", "NAME", "its handle or number", true, false },
	{ "legal-basis", "TEXT", "on what ground", true, false },
	{ "emergency", NULL, "at once, by one person, for 72 hours", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option lift_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command measure_commands[] = {
	{ "measure", "impose", NULL, "propose a measure", impose_options,
	    impose,
	    "An issuance freeze stops new certificates, a download freeze "
	    "refuses\n"
	    "decisions, a hold puts every certificate of the scope on hold.\n"
	    "  assay measure impose --kind hold --scope-kind model --scope "
	    "tre-1 \\\n"
	    "      --legal-basis \"incident 7\" --as security-1" },
	{ "measure", "list", NULL, "list all measures", NULL, list,
	    "  assay measure list --as reader" },
	{ "measure", "show", "NUMBER", "a measure and how many devices it hits",
	    NULL, show, "  assay measure show MEA-2026-000001 --as reader" },
	{ "measure", "confirm", "NUMBER",
	    "confirm an emergency measure as second person", NULL, confirm,
	    "  assay measure confirm MEA-2026-000001 --as security-2" },
	{ "measure", "lift", "NUMBER", "propose to lift a measure",
	    lift_options, lift,
	    "Always takes two people.\n"
	    "  assay measure lift MEA-2026-000001 --reason \"mended\" --as "
	    "security-1" },
	CLI_END,
};
