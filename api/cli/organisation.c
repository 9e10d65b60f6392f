/*
 * assay org: who takes part.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
new_(struct cli *cli)
{
	json_t *body = json_object();

	json_object_set_new(body, "handle", json_string(cli_arg(cli, 0)));
	body_put(body, cli, "name", "name");
	body_put(body, cli, "country", "country");
	body_put(body, cli, "kind", "kind");
	body_put_all(body, cli, "makes", "makes");
	if (cli_switch(cli, "may-platform-only"))
		json_object_set_new(body, "may_platform_only", json_true());
	return cli_show(cli, cli_post(cli, body, "/v1/organisations"), NULL);
}

static int
list(struct cli *cli)
{
	return list_show(
	    cli, "/v1/organisations", "handle,name,country,kind,makes,state");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_get(cli, "/v1/organisations/%s", cli_escape(cli_arg(cli, 0))));
}

/* The verb is the last part of the address. */
static int
act(struct cli *cli)
{
	const char *handle = cli_arg(cli, 0),
		   *reason = cli_option(cli, "reason");
	json_t *o = cli_post(cli,
	    reason != NULL ? json_pack("{s:s}", "reason", reason) : NULL,
	    "/v1/organisations/%s/%s", cli_escape(handle), cli->command->verb);
	bool proposed = json_object_get(o, "proposal") != NULL;
	int rc = cli_show(cli, o, NULL);

	if (rc == CLI_OK && proposed)
		cli_say(cli,
		    "\nA decider approves or rejects it: assay approve %s",
		    handle);
	return rc;
}

static const struct cli_option new_options[] = {
	{ "name", "NAME", "as it stands in certificates, up to 64 characters",
	    true, false },
	{ "country", "CC", "two capital letters, ISO 3166-1", true, false },
	{ "kind", "KIND", "supplier, auditor or operator", true, false },
	{ "makes", "WHAT", "of a supplier: tre, terminal, or both", false,
	    true },
	{ "may-platform-only", NULL,
	    "of an operator: it may ask about the terminal alone", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why; kept with the record", true, false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "kind", "KIND", "body, supplier, auditor or operator", false, false },
	LIST_SEARCH,
	LIST_PAGES,
};

const struct cli_command organisation_commands[] = {
	{ "org", "new", "HANDLE", "register an applicant", new_options, new_,
	    "By an officer.  It takes part once a second person approves:\n"
	    "  assay org new tresor --name Tresor --country DE --kind supplier "
	    "\\\n"
	    "      --makes tre --as officer-1\n"
	    "  assay org activate tresor --as officer-1\n"
	    "  assay approve tresor --as decider-1" },
	{ "org", "list", NULL, "list organisations", search_options, list,
	    "  assay org list --as reader" },
	{ "org", "show", "HANDLE", "one organisation and its history", NULL,
	    show, "  assay org show tresor --as reader" },
	{ "org", "activate", "HANDLE", "propose that an applicant takes part",
	    NULL, act,
	    "A decider approves.\n"
	    "  assay org activate tresor --as officer-1" },
	{ "org", "suspend", "HANDLE", "nothing is issued to it from now on",
	    reason_options, act,
	    "Takes one person, and effect at once.\n"
	    "  assay org suspend tresor --reason \"its keys are for sale\" "
	    "--as security-1" },
	{ "org", "reinstate", "HANDLE", "propose to end a suspension", NULL,
	    act,
	    "A decider approves.\n"
	    "  assay org reinstate tresor --as officer-1" },
	{ "org", "terminate", "HANDLE", "end it, for good", reason_options, act,
	    "Its people are removed; the status of its devices is served to "
	    "the end.\n"
	    "  assay org terminate tresor --reason \"out of business\" --as "
	    "officer-1" },
	CLI_END,
};
