/*
 * assay audit: planned, reported by two auditors, decided by two deciders.
 */

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"

static int
plan(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "site", "site");
	body_put(body, cli, "type", "type");
	body_put_all(body, cli, "scopes", "scope");
	body_put_all(body, cli, "auditors", "auditor");
	body_put(body, cli, "planned", "planned");
	return cli_show(cli, cli_post(cli, body, "/v1/audits"), NULL);
}

static int
list(struct cli *cli)
{
	return list_show(
	    cli, "/v1/audits", "number,site,type,state,planned,result");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/audits/%s", cli_escape(cli_arg(cli, 0))));
}

/* start, cancel: an act without terms. */
static int
act(struct cli *cli)
{
	return cli_show(cli,
	    cli_post(cli, NULL, "/v1/audits/%s/%s", cli_escape(cli_arg(cli, 0)),
		cli->command->verb),
	    NULL);
}

static int
report(struct cli *cli)
{
	json_t *body = json_object();
	int rc;

	body_put(body, cli, "result", "result");
	body_put(body, cli, "ended", "ended");
	body_put(body, cli, "report", "report");
	body_put_all(body, cli, "evidence", "evidence");
	body_put(body, cli, "summary", "summary");
	rc = cli_show(cli,
	    cli_post(
		cli, body, "/v1/audits/%s/report", cli_escape(cli_arg(cli, 0))),
	    NULL);
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nThe other auditor reads it and stands behind it: assay "
		    "audit confirm %s",
		    cli_arg(cli, 0));
	return rc;
}

static int
confirm(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "result", "result");
	body_put(body, cli, "report", "report");
	body_put(body, cli, "ended", "ended");
	return cli_show(cli,
	    cli_post(cli, body, "/v1/audits/%s/confirm",
		cli_escape(cli_arg(cli, 0))),
	    NULL);
}

static int
decide(struct cli *cli)
{
	json_t *body = json_object();
	int rc;

	body_put(body, cli, "result", "result");
	rc = cli_show_parts(cli,
	    cli_post(cli, body, "/v1/audits/%s/decide",
		cli_escape(cli_arg(cli, 0))));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nAnother decider approves or rejects it: "
		    "assay approve %s",
		    cli_arg(cli, 0));
	return rc;
}

static const struct cli_option plan_options[] = {
	{ "site", "HANDLE", "to be audited", true, false },
	{ "type", "TYPE", "dry, wet, renewal, repeat or extraordinary", true,
	    false },
	{ "scope", "SCOPE", "of the site", true, true },
	{ "auditor", "HANDLE", "give it twice: two different auditors", true,
	    true },
	{ "planned", "DATE", "as 2026-11-24", true, false },
	CLI_OPTION_END,
};

static const struct cli_option report_options[] = {
	{ "result", "RESULT", "compliant or non_compliant", true, false },
	{ "ended", "TIME", "when the audit ended, as 2026-11-24T02:03:04Z",
	    true, false },
	{ "report", "SHA256", "of the report, an accepted piece of evidence",
	    true, false },
	{ "evidence", "SHA256", "other accepted evidence", false, true },
	{ "summary", "TEXT", "up to 4000 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option confirm_options[] = {
	{ "result", "RESULT", "what the other one reported, said again", true,
	    false },
	{ "report", "SHA256", "of the report that you have read", true, false },
	{ "ended", "TIME", "when the audit ended, likewise", true, false },
	CLI_OPTION_END,
};

static const struct cli_option decide_options[] = {
	{ "result", "RESULT", "what the auditors reported, said again", true,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	LIST_ORGANISATION,
	{ "site", "HANDLE", "only those of this site", false, false },
	{ "type", "TYPE", "dry, wet, renewal, repeat or extraordinary", false,
	    false },
	LIST_PAGES,
};

const struct cli_command audit_commands[] = {
	{ "audit", "plan", NULL, "plan an audit of a site", plan_options, plan,
	    "A dry audit gives provisional accreditation for 9 months, once; a "
	    "wet one\n"
	    "gives full accreditation for 12 months from its end; a renewal "
	    "24.\n"
	    "  assay audit plan --site dresden --type wet --scope "
	    "tre_production \\\n"
	    "      --auditor auditor-1 --auditor auditor-2 --planned "
	    "2026-12-01 \\\n"
	    "      --as officer-1" },
	{ "audit", "start", "NUMBER", "say that it has begun", NULL, act,
	    "By one of its auditors.\n"
	    "  assay audit start AUD-2026-000001 --as auditor-1" },
	{ "audit", "report", "NUMBER", "file the report", report_options,
	    report,
	    "By one of its auditors.  Until the other one confirms it, it may "
	    "be filed\n"
	    "again; then it is immutable.\n"
	    "  assay audit report AUD-2026-000001 --result compliant \\\n"
	    "      --report $(sha256sum report.pdf | cut -c1-64) \\\n"
	    "      --ended 2026-12-03T16:00:00Z --summary \"no finding\" --as "
	    "auditor-1" },
	{ "audit", "confirm", "NUMBER", "stand behind the other's report",
	    confirm_options, confirm,
	    "By the auditor who did not file it.  A report that was filed "
	    "again "
	    "after you\nhave read it is another one, and refused "
	    "(REPORT_CHANGED).\n"
	    "  assay audit confirm AUD-2026-000001 --result compliant \\\n"
	    "      --report $(sha256sum report.pdf | cut -c1-64) \\\n"
	    "      --ended 2026-12-03T16:00:00Z --as auditor-2" },
	{ "audit", "decide", "NUMBER", "propose the decision", decide_options,
	    decide,
	    "Another decider approves: assay approve NUMBER.\n"
	    "  assay audit decide AUD-2026-000001 --result compliant --as "
	    "decider-1" },
	{ "audit", "cancel", "NUMBER", "cancel it before it is reported", NULL,
	    act, "  assay audit cancel AUD-2026-000001 --as officer-1" },
	{ "audit", "list", NULL, "list the audits that you may see",
	    search_options, list, "  assay audit list --as reader" },
	{ "audit", "show", "NUMBER", "an audit, its report and its history",
	    NULL, show, "  assay audit show AUD-2026-000001 --as reader" },
	CLI_END,
};
