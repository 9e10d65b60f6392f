/*
 * assay tre-kind: kinds of TrE, each with its rule set and default mode.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"

static int
list(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/tre-kinds"),
	    "name,state,ruleset,default_mode,evidence,what");
}

static int
new_(struct cli *cli)
{
	json_t *body = json_object();

	json_object_set_new(body, "name", json_string(cli_arg(cli, 0)));
	body_put(body, cli, "what", "what");
	body_put(body, cli, "ruleset", "ruleset");
	body_put(body, cli, "default_mode", "default-mode");
	body_put(body, cli, "evidence", "evidence");
	return cli_show_proposed(
	    cli, cli_post(cli, body, "/v1/tre-kinds"), cli_arg(cli, 0));
}

static const struct cli_option new_options[] = {
	{ "what", "TEXT", "what it is, up to 500 characters", true, false },
	{ "ruleset", "NAME", "that its models answer", true, false },
	{ "default-mode", "MODE",
	    "tre_and_platform or platform_only: what a decision looks at where "
	    "the operator doesn't say",
	    true, false },
	{ "evidence", "KIND",
	    "by which it shows what it is: transcript, which is the default, "
	    "tpm_quote or dice",
	    false, false },
	CLI_OPTION_END,
};

const struct cli_command tre_kind_commands[] = {
	{ "tre-kind", "list", NULL, "list the kinds of TrE", NULL, list,
	    "  assay tre-kind list --as reader" },
	{ "tre-kind", "new", "NAME", "propose another kind", new_options, new_,
	    "Another decider approves: assay approve NAME.\n"
	    "  assay tre-kind new soldered_module --what \"soldered on\" \\\n"
	    "      --ruleset tre-robustness --default-mode tre_and_platform "
	    "\\\n"
	    "      --as decider-1" },
	CLI_END,
};
