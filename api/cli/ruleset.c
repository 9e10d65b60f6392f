/*
 * assay ruleset: the robustness rules that suppliers declare against.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"

static int
list(struct cli *cli)
{
	return cli_show(cli, cli_get(cli, "/v1/rulesets"),
	    "name,version,state,applies_to,rules,title");
}

static void
show_levels(json_t *rule)
{
	json_t *level;
	size_t i;

	printf("  levels");
	json_array_foreach(json_object_get(rule, "levels"), i, level)
	{
		printf(" %d", (int)json_integer_value(level));
	}
	printf("\n");
}

static void
show_rule(json_t *rule)
{
	printf("\n%s  %s\n", cli_text(rule, "id"), cli_text(rule, "title"));
	printf("  %s\n", cli_text(rule, "text"));
	show_levels(rule);
	printf("  evidence: %s\n", cli_text(rule, "evidence"));
	if (json_object_get(rule, "not_applicable_when") != NULL)
		printf("  not applicable when: %s\n",
		    cli_text(rule, "not_applicable_when"));
}

static void
show_ruleset(json_t *set)
{
	json_t *group, *rule;
	size_t i, j;

	printf("%s, version %d (%s)\n%s\n", cli_text(set, "title"),
	    (int)json_integer_value(json_object_get(set, "version")),
	    cli_text(set, "state"), cli_text(set, "aim"));
	json_array_foreach(json_object_get(set, "groups"), i, group)
	{
		printf("\n== %s: %s\n", cli_text(group, "name"),
		    cli_text(group, "aim"));
		json_array_foreach(json_object_get(group, "rules"), j, rule)
		{
			show_rule(rule);
		}
	}
}

/* Which versions there are, in which states, and until when. */
static int
show_versions(struct cli *cli)
{
	json_t *set, *versions;

	set = cli_get(cli, "/v1/rulesets/%s", cli_escape(cli_arg(cli, 0)));
	if (set == NULL || cli->json)
		return cli_show(cli, set, NULL);
	versions = json_incref(json_object_get(set, "versions"));
	json_decref(set);
	return cli_show(cli, versions,
	    "version,state,effective,retires,applies_to,rules,title");
}

static int
show(struct cli *cli)
{
	const char *version = cli_arg(cli, 1);
	json_t *set;

	if (version == NULL)
		return show_versions(cli);
	set = cli_get(cli, "/v1/rulesets/%s/%s", cli_escape(cli_arg(cli, 0)),
	    cli_escape(version));
	if (set == NULL || cli->json)
		return cli_show(cli, set, NULL);
	if (!cli->quiet)
		show_ruleset(set);
	json_decref(set);
	return CLI_OK;
}

static int
adopt(struct cli *cli)
{
	json_t *body = json_object();
	char *subject;
	int rc;

	body_put(body, cli, "transition", "transition");
	subject = xasprintf("%s-%s", cli_arg(cli, 0), cli_arg(cli, 1));
	rc = cli_show_proposed(cli,
	    cli_post(cli, body, "/v1/rulesets/%s/%s/adopt",
		cli_escape(cli_arg(cli, 0)), cli_escape(cli_arg(cli, 1))),
	    subject);
	free(subject);
	return rc;
}

static const struct cli_option adopt_options[] = {
	{ "transition", "TIME",
	    "when older versions retire, as 2027-11-24T00:00:00Z", true,
	    false },
	CLI_OPTION_END,
};

const struct cli_command ruleset_commands[] = {
	{ "ruleset", "list", NULL, "list the robustness rule sets", NULL, list,
	    "  assay ruleset list --as reader" },
	{ "ruleset", "show", "NAME [VERSION]", "read a rule set", NULL, show,
	    "Every rule with the levels that need it, the evidence expected "
	    "and\n"
	    "when it does not apply.  Without a version: which there are, in "
	    "which\n"
	    "state, and when an older one retires.\n"
	    "  assay ruleset show tre-robustness 1 --as reader" },
	{ "ruleset", "adopt", "NAME VERSION", "propose to adopt a draft",
	    adopt_options, adopt,
	    "New declarations answer it from the approval on.  At the date of "
	    "transition\n"
	    "the older versions retire, with the declarations that answer "
	    "them.\n"
	    "  assay ruleset adopt tre-robustness 2 \\\n"
	    "      --transition 2027-11-24T00:00:00Z --as decider-1" },
	CLI_END,
};
