/*
 * assay measure: what the body does where trust has failed.
 */

#include <stdlib.h>

#include "api/cli/claim.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

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

/* An option and the member that it fills. */
static const struct {
	const char *option, *member;
} members[] = {
	{ "kind", "kind" },
	{ "scope-kind", "scope_kind" },
	{ "scope", "scope" },
	{ "legal-basis", "legal_basis" },
	{ "effect", "effect" },
	{ "deadline", "deadline" },
	{ "escalates-to", "escalates_to" },
	{ "reason", "reason" },
	{ "least-firmware", "least_firmware" },
	{ "firmware-from", "firmware_from" },
	{ "firmware-to", "firmware_to" },
	{ "supersedes", "supersedes" },
};

static json_t *
terms(struct cli *cli)
{
	json_t *body = json_object(), *elements = json_array();
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((value = cli_option(cli, members[i].option)) != NULL)
			json_object_set_new(
			    body, members[i].member, json_string(value));
	for (i = 0; (value = cli_option_at(cli, "element", i)) != NULL; i++)
		json_array_append_new(elements, json_string(value));
	if (json_array_size(elements) > 0)
		json_object_set(body, "scopes", elements);
	json_decref(elements);
	return body;
}

static int
impose(struct cli *cli)
{
	bool emergency = cli_switch(cli, "emergency");
	json_t *body = terms(cli);

	if (emergency)
		json_object_set_new(body, "emergency", json_true());
	return show_next(cli, cli_post(cli, body, "/v1/measures"),
	    emergency ? "confirms it within 72 hours: assay measure confirm"
		      : "approves or rejects it: assay approve");
}

/* What it says of itself, taken over into one's own signed terms. */
static int
adopt(struct cli *cli)
{
	static const char *const own[] = { "kind", "scope_kind", "legal_basis",
		"firmware_from", "firmware_to", NULL };
	const char *number = cli_escape(cli_arg(cli, 0));
	json_t *m = cli_get(cli, "/v1/measures/%s", number), *body, *v;
	size_t i;

	if (m == NULL)
		return -1;
	body = terms(cli);
	for (i = 0; own[i] != NULL; i++)
		if ((v = json_object_get(m, own[i])) != NULL)
			json_object_set(body, own[i], v);
	json_object_set(body, "scope", json_object_get(m, "scope"));
	json_decref(m);
	return show_next(cli,
	    cli_post(cli, body, "/v1/measures/%s/adopt",
		cli_escape(cli_arg(cli, 0))),
	    "approves or rejects it: assay approve");
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/measures",
	    "number,kind,scope_kind,scope,effect,state,deadline,lapses,"
	    "effective");
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

static json_t *
post_reason(struct cli *cli, const char *verb)
{
	json_t *body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));

	return cli_post(
	    cli, body, "/v1/measures/%s/%s", cli_escape(cli_arg(cli, 0)), verb);
}

static int
lift(struct cli *cli)
{
	return show_next(cli, post_reason(cli, "lift"),
	    "approves or rejects lifting it: assay approve");
}

static int
dismiss(struct cli *cli)
{
	return show_next(cli, post_reason(cli, "dismiss"),
	    "approves or rejects dismissing it: assay approve");
}

static int
correct(struct cli *cli)
{
	return claim_post(cli, "what", "correct");
}

#define OPEN_OPTIONS                                                           \
	{ "effect", "EFFECT",                                                  \
		"on devices that exist: permit, permit_if_issued_before, "     \
		"hold or "                                                     \
		"refuse; unless said, as is usual for the kind",               \
		false, false },                                                \
	    { "deadline", "DAY", "of a corrective action", false, false },     \
	    { "escalates-to", "KIND",                                          \
		    "what follows when it is overdue; unless said, a "         \
		    "download_freeze",                                         \
		    false, false },                                            \
	    { "reason", "REASON",                                              \
		    "of a mass revocation, such as keyCompromise", false,      \
		    false },                                                   \
	    { "least-firmware", "VERSION", "of a minimum firmware", false,     \
		    false },                                                   \
	    { "firmware-from", "VERSION",                                      \
		    "only on devices with this firmware of a TrE model, or "   \
		    "later",                                                   \
		    false, false },                                            \
	    { "firmware-to", "VERSION", "or earlier", false, false },          \
	    { "element", "ELEMENT",                                            \
		    "what a scope reduction takes from a site, such as "       \
		    "tre_production",                                          \
		    false, true },                                             \
	{                                                                      \
		"supersedes", "NUMBER", "a measure whose place it takes",      \
		    false, false                                               \
	}

static const struct cli_option impose_options[] = {
	{ "kind", "KIND",
	    "corrective_action, issuance_freeze, download_freeze, hold, "
	    "mass_revocation, scope_reduction, minimum_firmware, withdrawal "
	    "or ban",
	    true, false },
	{ "scope-kind", "KIND",
	    "organisation, site, hardware_platform, model, lot or issuer", true,
	    false },
	{ "scope", "NAME", "its handle or number", true, false },
	{ "legal-basis", "TEXT", "on what ground", true, false },
	OPEN_OPTIONS,
	{ "emergency", NULL, "at once, by one person, for 72 hours", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option adopt_options[] = {
	OPEN_OPTIONS,
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option correct_options[] = {
	{ "what", "TEXT", "what was done", true, false },
	CLAIM_EVIDENCE,
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "kind", "KIND", "only those of this kind", false, false },
	{ "scope-kind", "KIND", "only those on this kind of scope", false,
	    false },
	{ "scope", "NAME", "only those on this one", false, false },
	LIST_PAGES,
};

const struct cli_command measure_commands[] = {
	{ "measure", "impose", NULL, "propose a measure", impose_options,
	    impose,
	    "corrective_action  something is mended by --deadline, or it "
	    "escalates\n"
	    "issuance_freeze    no new certificates\n"
	    "download_freeze    no decision permits\n"
	    "hold               every certificate of the scope is on hold\n"
	    "mass_revocation    every one is revoked, for good\n"
	    "scope_reduction    a site loses --element\n"
	    "minimum_firmware   of a TrE model, no older than "
	    "--least-firmware\n"
	    "withdrawal         a model's CoC ends, for good\n"
	    "ban                a supplier is out\n"
	    "Another security officer or decider approves it, unless it is an "
	    "--emergency.\n"
	    "  assay measure impose --kind hold --scope-kind model --scope "
	    "tre-1 \\\n"
	    "      --legal-basis \"incident 7\" --as security-1" },
	{ "measure", "adopt", "NUMBER",
	    "propose in your own name what arose by itself", adopt_options,
	    adopt, "  assay measure adopt MEA-2026-000001 --as security-1" },
	{ "measure", "dismiss", "NUMBER",
	    "propose to drop what arose by itself", reason_options, dismiss,
	    "  assay measure dismiss MEA-2026-000001 --reason \"mended in "
	    "time\" --as security-1" },
	{ "measure", "list", NULL, "list measures, newest first",
	    search_options, list,
	    "  assay measure list --state in_force --as reader" },
	{ "measure", "show", "NUMBER", "a measure and how many devices it hits",
	    NULL, show, "  assay measure show MEA-2026-000001 --as reader" },
	{ "measure", "confirm", "NUMBER",
	    "confirm an emergency measure as second person", NULL, confirm,
	    "  assay measure confirm MEA-2026-000001 --as security-2" },
	{ "measure", "lift", "NUMBER", "propose to lift a measure",
	    reason_options, lift,
	    "Always takes two people.\n"
	    "  assay measure lift MEA-2026-000001 --reason \"mended\" --as "
	    "security-1" },
	{ "measure", "correct", "NUMBER",
	    "report that a corrective action is done", correct_options, correct,
	    "  assay measure correct MEA-2026-000001 --what \"new firmware "
	    "shipped\" --as acme-pki" },
	CLI_END,
};
