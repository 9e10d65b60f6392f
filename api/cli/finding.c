/*
 * assay finding: recorded by auditors, answered by the supplier, closed by
 * somebody else.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static json_t *
finding_of(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "scope", "scope");
	body_put(body, cli, "severity", "severity");
	body_put(body, cli, "rule", "rule");
	body_put(body, cli, "text", "text");
	return body;
}

static int new (struct cli *cli)
{
	json_t *body = finding_of(cli);

	body_put(body, cli, "audit", "audit");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/findings"));
}

/* What the verb says, with that body, to the finding that is named. */
static int
tell(struct cli *cli, json_t *body)
{
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/findings/%s/%s",
		cli_escape(cli_arg(cli, 0)), cli->command->verb));
}

static int
amend(struct cli *cli)
{
	return tell(cli, finding_of(cli));
}

static int
list(struct cli *cli)
{
	return list_show(
	    cli, "/v1/findings", "number,audit,site,scope,severity,state,due");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/findings/%s", cli_escape(cli_arg(cli, 0))));
}

static int
respond(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "text", "text");
	body_put_all(body, cli, "evidence", "evidence");
	return tell(cli, body);
}

static int
plan(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "text", "text");
	body_put(body, cli, "day", "day");
	return tell(cli, body);
}

/* accept-plan and reject-plan */
static int
judge_plan(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return tell(cli, body);
}

static int
close_it(struct cli *cli)
{
	json_t *body = json_object();

	body_put_all(body, cli, "evidence", "evidence");
	return tell(cli, body);
}

static const struct cli_option new_options[] = {
	{ "audit", "NUMBER", "in progress, and yours", true, false },
	{ "scope", "SCOPE", "of the audit", true, false },
	{ "severity", "SEVERITY", "observation, minor, major or critical", true,
	    false },
	{ "rule", "RULE", "of a rule set that it is about", false, false },
	{ "text", "TEXT", "what was found, up to 4000 characters", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option respond_options[] = {
	{ "text", "TEXT", "your answer, up to 4000 characters", true, false },
	{ "evidence", "SHA256", "files that you have uploaded", false, true },
	CLI_OPTION_END,
};

static const struct cli_option plan_options[] = {
	{ "text", "TEXT", "what will be done", true, false },
	{ "day", "DATE", "by the end of which day, as 2026-12-01", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option accept_options[] = {
	{ "reason", "TEXT", "why, up to 1000 characters", false, false },
	CLI_OPTION_END,
};

static const struct cli_option reject_options[] = {
	{ "reason", "TEXT", "why, up to 1000 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option close_options[] = {
	{ "evidence", "SHA256", "accepted evidence that it is mended", true,
	    true },
	CLI_OPTION_END,
};

const struct cli_command finding_commands[] = {
	{ "finding", "new", NULL, "record what was found", new_options, new,
	    "By an auditor of the audit, while it is in progress.  A filed "
	    "report is then\n"
	    "filed again.  Due from the report: critical 7 days, major 90; "
	    "minor with the\n"
	    "next audit of the site.\n"
	    "  assay finding new --audit AUD-2026-000001 --scope "
	    "tre_production \\\n"
	    "      --severity major --text \"two doors, one lock\" --as "
	    "auditor-1" },
	{ "finding", "amend", "NUMBER", "record it otherwise", new_options + 1,
	    amend,
	    "Until both auditors stand behind the report.\n"
	    "  assay finding amend FND-2026-000001 --scope tre_production "
	    "\\\n"
	    "      --severity minor --text \"one of two locks\" --as "
	    "auditor-1" },
	{ "finding", "list", NULL, "list the findings that you may see",
	    list_options, list,
	    "  assay finding list --state overdue --as reader" },
	{ "finding", "show", "NUMBER", "a finding and what was said to it",
	    NULL, show, "  assay finding show FND-2026-000001 --as reader" },
	{ "finding", "respond", "NUMBER", "answer it", respond_options, respond,
	    "By the supplier.  An answer does not stop the clock.\n"
	    "  assay finding respond FND-2026-000001 --text \"second lock "
	    "ordered\" \\\n"
	    "      --as tresor-pki" },
	{ "finding", "plan", "NUMBER", "propose what will be done",
	    plan_options, plan,
	    "By the supplier, once it has answered.\n"
	    "  assay finding plan FND-2026-000001 --text \"fit it\" --day "
	    "2026-12-01 \\\n"
	    "      --as tresor-pki" },
	{ "finding", "accept-plan", "NUMBER", "accept the plan", accept_options,
	    judge_plan,
	    "By an auditor of the audit, or of a later one of the site, or an "
	    "officer.\n"
	    "  assay finding accept-plan FND-2026-000001 --as auditor-1" },
	{ "finding", "reject-plan", "NUMBER", "reject the plan", reject_options,
	    judge_plan,
	    "  assay finding reject-plan FND-2026-000001 --reason \"too "
	    "late\" --as auditor-1" },
	{ "finding", "close", "NUMBER", "it is mended", close_options, close_it,
	    "By those who may accept a plan, on accepted evidence.\n"
	    "  assay finding close FND-2026-000001 --evidence 9f86d0...0a08 "
	    "--as auditor-2" },
	CLI_END,
};
