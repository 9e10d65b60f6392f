/*
 * assay coc: certificates of conformity.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

/* Show the CoC, and say who must do what next. */
static int
show_proposed(struct cli *cli, json_t *coc)
{
	const char *number = json_string_value(json_object_get(coc, "number"));
	char *text = number != NULL ? xstrdup(number) : NULL;
	int rc = cli_show_proposed(cli, coc, text != NULL ? text : "it");

	free(text);
	return rc;
}

static int
propose(struct cli *cli)
{
	long level, quota, days, grace;
	json_t *body;

	if (cli_option_int(cli, "level", 1, 4, 0, &level) == -1 ||
	    cli_option_int(cli, "quota", 0, 1000000000, 0, &quota) == -1 ||
	    cli_option_int(cli, "valid-days", 1, 1830, 365, &days) == -1 ||
	    cli_option_int(cli, "grace-days", 0, 365, -1, &grace) == -1)
		return -1;
	body = json_pack("{s:s, s:I, s:I, s:I}", "model",
	    cli_option(cli, "model"), "level", (json_int_t)level, "quota",
	    (json_int_t)quota, "valid_days", (json_int_t)days);
	body_put(body, cli, "site", "site");
	body_put(body, cli, "declaration", "declaration");
	body_put(body, cli, "on_expired", "on-expired");
	body_put(body, cli, "on_suspended", "on-suspended");
	if (grace >= 0)
		json_object_set_new(body, "grace_days", json_integer(grace));
	body_put_all(
	    body, cli, "external_certificates", "external-certificate");
	body_put(body, cli, "instead_of", "instead-of");
	body_put(body, cli, "reason", "reason");
	return show_proposed(cli, cli_post(cli, body, "/v1/cocs"));
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/cocs",
	    "number,model,kind,organisation,level,state,expires,used,quota");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/cocs/%s", cli_escape(cli_arg(cli, 0))));
}

static int
change(struct cli *cli)
{
	json_t *body;

	body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));
	return show_proposed(cli,
	    cli_post(cli, body, "/v1/cocs/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli->command->verb));
}

/* ---- why: the tree */

static const char *
date_of(const json_t *o, const char *name)
{
	static char date[2][11];
	static int i;

	i = !i;
	(void)snprintf(date[i], sizeof(date[i]), "%.10s", cli_text(o, name));
	return date[i];
}

static bool
holds(const json_t *o)
{
	return json_is_true(json_object_get(o, "holds"));
}

/* "hardware_platform" as "hardware platform" */
static void
put_words(const char *name)
{
	for (; *name != '\0'; name++)
		(void)putchar(*name == '_' ? ' ' : *name);
}

static void
put_state(const json_t *o)
{
	put_words(cli_text(o, "state"));
	if (json_is_string(json_object_get(o, "ends")))
		printf(", to %s", date_of(o, "ends"));
	printf("\n");
}

static void put_needs(const json_t *coc, const char *indent);

/* One prerequisite, and what it rests on itself. */
static void
put_need(const json_t *p, const char *indent, bool last)
{
	const json_t *coc = json_object_get(p, "coc");
	char *below = xasprintf("%s%s", indent, last ? "    " : "│   ");

	printf("%s%s%s ", indent, last ? "└── " : "├── ", holds(p) ? "✓" : "✗");
	put_words(cli_text(p, "kind"));
	printf(" %s: ", cli_text(p, "subject"));
	if (coc != NULL)
		printf("%s ", cli_text(coc, "number"));
	put_state(p);
	if (!holds(p) && json_object_get(p, "code") != NULL)
		printf("%s%s\n%s%s\n", below, cli_text(p, "what"), below,
		    cli_text(p, "todo"));
	put_needs(coc, below);
	free(below);
}

static void
put_needs(const json_t *coc, const char *indent)
{
	const json_t *needs = json_object_get(coc, "prerequisites"), *p;
	size_t i, n = json_array_size(needs);

	json_array_foreach(needs, i, p)
	{
		put_need(p, indent, i + 1 == n);
	}
}

static void
put_held_up(const json_t *coc)
{
	const json_t *first = json_object_get(coc, "first_to_fall"), *p;
	const char *between = "";
	size_t i;

	printf("\nheld up by: ");
	json_array_foreach(json_object_get(coc, "prerequisites"), i, p)
	{
		if (!holds(p))
			continue;
		printf("%s", between);
		put_words(cli_text(p, "kind"));
		printf(" %s", cli_text(p, "subject"));
		between = ", ";
	}
	if (json_is_object(first)) {
		printf("\nfirst to fall: ");
		put_words(cli_text(first, "kind"));
		printf(" %s on %s", cli_text(first, "subject"),
		    date_of(first, "on"));
	}
	printf("\n");
}

static int
why(struct cli *cli)
{
	json_t *coc;

	coc = cli_get(cli, "/v1/cocs/%s/why", cli_escape(cli_arg(cli, 0)));
	if (coc == NULL || cli->json)
		return cli_show(cli, coc, NULL);
	if (!cli->quiet) {
		printf("%s %s  %s  level %d  ", holds(coc) ? "✓" : "✗",
		    cli_text(coc, "number"), cli_text(coc, "model"),
		    (int)json_integer_value(json_object_get(coc, "level")));
		put_state(coc);
		put_needs(coc, "");
		if (json_object_get(coc, "prerequisites") != NULL)
			put_held_up(coc);
	}
	json_decref(coc);
	return CLI_OK;
}

static const struct cli_option propose_options[] = {
	{ "model", "HANDLE", "to be certified", true, false },
	{ "level", "N", "1 to 4", true, false },
	{ "quota", "N", "how many devices may be issued under it", true,
	    false },
	{ "site", "HANDLE", "where it is made; none for hardware platforms",
	    false, false },
	{ "valid-days", "N", "at most; 365 unless said", false, false },
	{ "declaration", "NUMBER", "that must be the one in force by then",
	    false, false },
	{ "external-certificate", "NUMBER", "that it is to rest on too", false,
	    true },
	{ "on-expired", "EFFECT",
	    "existing devices after its end: permit (unless said), "
	    "permit_if_issued_before, hold or refuse",
	    false, false },
	{ "on-suspended", "EFFECT",
	    "existing devices while it is suspended: refuse (unless said), "
	    "hold "
	    "or permit_if_issued_before",
	    false, false },
	{ "grace-days", "N", "how long they go on after its end; 365 at most",
	    false, false },
	{ "instead-of", "NUMBER",
	    "a suspended CoC of the model, whose place it takes", false,
	    false },
	{ "reason", "TEXT", "why that one does not come back", false, false },
	CLI_OPTION_END,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "kind", "KIND", "hardware_platform, tre or terminal", false, false },
	{ "model", "HANDLE", "only those of this model", false, false },
	LIST_ORGANISATION,
	LIST_PAGES,
};

const struct cli_command coc_commands[] = {
	{ "coc", "propose", NULL, "propose to certify a model", propose_options,
	    propose,
	    "Shows what is missing yet.  Another decider approves: assay "
	    "approve NUMBER.\n"
	    "  assay coc propose --model tre-1 --level 2 --site dresden "
	    "--quota 100000 \\\n"
	    "      --as decider-1" },
	{ "coc", "list", NULL, "list CoCs", search_options, list,
	    "  assay coc list --as reader" },
	{ "coc", "show", "NUMBER", "what a CoC rests on and what it lacks",
	    NULL, show, "  assay coc show TRE-2026-000001 --as reader" },
	{ "coc", "why", "NUMBER", "the tree of what holds it up", NULL, why,
	    "Every prerequisite down to the last, whether it holds and until "
	    "when, and\n"
	    "which will fall first.\n"
	    "  assay coc why TRE-2026-000001 --as decider-1" },
	{ "coc", "suspend", "NUMBER", "propose to suspend a CoC",
	    reason_options, change,
	    "What stands on it is suspended with it.  Another decider "
	    "approves.\n"
	    "  assay coc suspend TRE-2026-000001 --reason \"report 12\" --as "
	    "decider-1" },
	{ "coc", "reinstate", "NUMBER", "propose to reinstate a CoC",
	    reason_options, change,
	    "What was suspended with it comes back with it.  Another decider\n"
	    "approves.\n"
	    "  assay coc reinstate TRE-2026-000001 --reason \"mended\" --as "
	    "decider-1" },
	{ "coc", "withdraw", "NUMBER", "propose to withdraw a CoC for ever",
	    reason_options, change,
	    "Final.  Another decider approves.\n"
	    "  assay coc withdraw TRE-2026-000001 --reason \"false\" --as "
	    "decider-1" },
	CLI_END,
};
