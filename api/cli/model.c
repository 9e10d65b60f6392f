/*
 * assay model: hardware platforms, TrE models and terminal models.
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
	body_put(body, cli, "kind", "kind");
	body_put(body, cli, "organisation", "organisation");
	body_put(body, cli, "name", "name");
	body_put(body, cli, "version", "version");
	body_put(body, cli, "hardware_platform", "hardware-platform");
	body_put(body, cli, "tre_kind", "tre-kind");
	body_put(body, cli, "least_firmware", "least-firmware");
	body_put_all(body, cli, "tacs", "tac");
	body_put_all(body, cli, "contains", "contains");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/models"));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/models",
	    "handle,kind,organisation,name,version,state,coc,accreditation,"
	    "level");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/models/%s", cli_escape(cli_arg(cli, 0))));
}

static int
register_(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_post(cli, NULL, "/v1/models/%s/register",
		cli_escape(cli_arg(cli, 0))));
}

static int
retire(struct cli *cli)
{
	return cli_show_parts(cli,
	    cli_post(cli, NULL, "/v1/models/%s/retire",
		cli_escape(cli_arg(cli, 0))));
}

static const struct cli_option new_options[] = {
	{ "kind", "KIND", "hardware_platform, tre or terminal", true, false },
	{ "organisation", "HANDLE", "the supplier that makes it", true, false },
	{ "name", "NAME", "as it is sold, up to 64 characters", true, false },
	{ "version", "VERSION", "of the hardware", true, false },
	{ "hardware-platform", "MODEL", "that a TrE model stands on", false,
	    false },
	{ "tre-kind", "KIND", "one of: assay tre-kind list", false, false },
	{ "least-firmware", "VERSION", "that a TrE must have", false, false },
	{ "tac", "TAC", "type allocation code of a terminal model, 8 digits",
	    false, true },
	{ "contains", "MODEL", "TrE model that a terminal model may contain",
	    false, true },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "kind", "KIND", "hardware_platform, tre or terminal", false, false },
	LIST_ORGANISATION,
	LIST_SEARCH,
	LIST_PAGES,
};

const struct cli_command model_commands[] = {
	{ "model", "new", "HANDLE", "enter a model", new_options, new_,
	    "By its supplier, or by an officer for it.  An officer registers "
	    "it.\n"
	    "  assay model new soc-1 --kind hardware_platform --organisation "
	    "tresor \\\n"
	    "      --name \"SoC 1\" --version 1 --as tresor-pki\n"
	    "  assay model new tre-1 --kind tre --organisation tresor --name "
	    "\"TrE 1\" \\\n"
	    "      --version 1 --hardware-platform soc-1 --tre-kind embedded "
	    "\\\n"
	    "      --least-firmware 1.0.0 --as tresor-pki\n"
	    "  assay model new car-1 --kind terminal --organisation karren "
	    "--name \"Car 1\" \\\n"
	    "      --version 1 --tac 35123456 --contains tre-1 --as "
	    "karren-pki" },
	{ "model", "list", NULL, "list models", search_options, list,
	    "  assay model list --as reader" },
	{ "model", "show", "HANDLE", "a model, its declarations and CoCs", NULL,
	    show, "  assay model show tre-1 --as reader" },
	{ "model", "register", "HANDLE", "register a model that was entered",
	    NULL, register_, "  assay model register tre-1 --as officer-1" },
	{ "model", "retire", "HANDLE", "no further accreditation for a model",
	    NULL, retire,
	    "Takes that no CoC of it is in force.\n"
	    "  assay model retire tre-1 --as officer-1" },
	CLI_END,
};
