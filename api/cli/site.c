/*
 * assay site: where devices are made.
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
	body_put(body, cli, "organisation", "organisation");
	body_put(body, cli, "name", "name");
	body_put(body, cli, "country", "country");
	body_put(body, cli, "address", "address");
	body_put_all(body, cli, "scopes", "scope");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/sites"));
}

/* "tre_production full, key_injection registered" as one more member. */
static void
add_accredited(json_t *site)
{
	struct buf text = BUF_EMPTY;
	json_t *scope;
	size_t i;

	json_array_foreach(json_object_get(site, "scopes"), i, scope)
	{
		const char *name, *state;

		if (json_unpack(scope, "{s:s, s:s}", "scope", &name, "state",
			&state) == 0)
			buf_printf(
			    &text, "%s%s %s", i > 0 ? ", " : "", name, state);
	}
	json_object_set_new(site, "accredited", json_string(buf_str(&text)));
	buf_free(&text);
}

static int
list(struct cli *cli)
{
	return list_show_each(cli, "/v1/sites",
	    "handle,organisation,name,country,accredited", add_accredited);
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/sites/%s", cli_escape(cli_arg(cli, 0))));
}

/* suspend, reinstate, withdraw: the verb is the last part of the address. */
static int
change(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "scope", "scope");
	body_put(body, cli, "reason", "reason");
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/sites/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli->command->verb));
}

static const struct cli_option change_options[] = {
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	{ "scope", "SCOPE", "this one only, not all of the site", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option new_options[] = {
	{ "organisation", "HANDLE", "the supplier whose site it is", true,
	    false },
	{ "name", "NAME", "as people call it, up to 100 characters", true,
	    false },
	{ "country", "CC", "where it is: ISO 3166-1, two letters", true,
	    false },
	{ "address", "TEXT", "where auditors go, up to 300 characters", true,
	    false },
	{ "scope", "SCOPE",
	    "tre_production, key_injection, terminal_assembly or "
	    "delegated_ca",
	    true, true },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	LIST_ORGANISATION,
	LIST_SEARCH,
	LIST_PAGES,
};

const struct cli_command site_commands[] = {
	{ "site", "new", "HANDLE", "register a site", new_options, new_,
	    "By its supplier, or by an officer for it.  Audits accredit it, "
	    "scope by\n"
	    "scope: see assay audit.\n"
	    "  assay site new dresden --organisation tresor --name \"Plant 1\" "
	    "\\\n"
	    "      --country DE --address \"Werkstrasse 1\" --scope "
	    "tre_production \\\n"
	    "      --as tresor-pki" },
	{ "site", "list", NULL, "list the sites that you may see",
	    search_options, list, "  assay site list --as reader" },
	{ "site", "show", "HANDLE", "a site, its scopes and its audits", NULL,
	    show, "  assay site show dresden --as reader" },
	{ "site", "suspend", "HANDLE", "what rests on it is suspended too",
	    change_options, change,
	    "Takes one person, and effect at once.\n"
	    "  assay site suspend dresden --reason \"fire\" --as security-1" },
	{ "site", "reinstate", "HANDLE", "propose to end a suspension",
	    change_options, change,
	    "A decider approves; it becomes what it was.\n"
	    "  assay site reinstate dresden --reason \"repaired\" --as "
	    "officer-1" },
	{ "site", "withdraw", "HANDLE", "end it, for good", change_options,
	    change,
	    "  assay site withdraw dresden --reason \"sold\" --as officer-1" },
	CLI_END,
};
