/*
 * assay policy: what an operator asks of devices beyond the floor.
 */

#include <stdio.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"
#include "base/err.h"
#include "base/io.h"

#define POLICY_MOST    (64 * 1024)
#define DECISIONS_MOST 10000

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/operator-policies",
	    "number,operator,purpose,version,state,drafted_by,activated_by,"
	    "effective");
}

static json_t *
get(struct cli *cli)
{
	return cli_get(
	    cli, "/v1/operator-policies/%s", cli_escape(cli_arg(cli, 0)));
}

static int
show(struct cli *cli)
{
	return cli_show_parts(cli, get(cli));
}

/* The file's terms; NULL with err_set(). */
static json_t *
read_terms(const char *path)
{
	struct buf text = BUF_EMPTY;
	json_t *terms = NULL;
	json_error_t e;

	if (io_read_file(path, POLICY_MOST, &text) == 0) {
		terms = json_loadb(
		    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
		if (terms == NULL)
			err_set(
			    ERR_INPUT, "%s: line %d: %s", path, e.line, e.text);
	}
	buf_free(&text);
	return terms;
}

static int
draft(struct cli *cli)
{
	json_t *body, *terms = read_terms(cli_arg(cli, 0));

	if (terms == NULL)
		return -1;
	body = json_pack("{s:o}", "policy", terms);
	body_put(body, cli, "purpose", "purpose");
	return cli_show_parts(
	    cli, cli_post(cli, body, "/v1/operator-policies"));
}

/* A count a line: what it was, what it would be. */
static json_t *
as_rows(const json_t *trial)
{
	static const char *const verdicts[] = { "permit", "refuse",
		"indeterminate" };
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		(void)json_array_append_new(rows,
		    json_pack("{s:s, s:O, s:O}", "verdict", verdicts[i], "was",
			json_object_get(
			    json_object_get(trial, "before"), verdicts[i]),
			"would_be",
			json_object_get(
			    json_object_get(trial, "after"), verdicts[i])));
	return rows;
}

static int
test(struct cli *cli)
{
	json_t *trial;
	long last;

	if (cli_option_int(
		cli, "last", 1, DECISIONS_MOST, DECISIONS_MOST, &last) == -1)
		return -1;
	trial = cli_get(cli, "/v1/operator-policies/%s/test?last=%ld",
	    cli_escape(cli_arg(cli, 0)), last);
	if (trial != NULL && !cli->json) {
		(void)json_object_set_new(trial, "verdicts", as_rows(trial));
		(void)json_object_del(trial, "before");
		(void)json_object_del(trial, "after");
	}
	return cli_show_parts(cli, trial);
}

/* Signed with the hash of what the other one signed. */
static int
activate(struct cli *cli)
{
	json_t *body, *policy = get(cli);

	if (policy == NULL)
		return -1;
	body = json_pack("{s:s}", "sha256", cli_text(policy, "sha256"));
	json_decref(policy);
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/operator-policies/%s/activate",
		cli_escape(cli_arg(cli, 0))));
}

static int
retire(struct cli *cli)
{
	json_t *body = json_pack("{s:s}", "reason", cli_option(cli, "reason"));

	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/operator-policies/%s/retire",
		cli_escape(cli_arg(cli, 0))));
}

#define PURPOSE "initial_download, change_of_operator, reprovision or precheck"

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "purpose", "PURPOSE", "only those for it", false, false },
	{ "operator", "HANDLE", "only this operator's", false, false },
	LIST_PAGES,
};

static const struct cli_option draft_options[] = {
	{ "purpose", "PURPOSE", PURPOSE, true, false },
	CLI_OPTION_END,
};

static const struct cli_option test_options[] = {
	{ "last", "N", "over how many decisions, 10000 at most", false, false },
	CLI_OPTION_END,
};

static const struct cli_option retire_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

const struct cli_command policy_commands[] = {
	{ "policy", "list", NULL, "list operators' policies, newest first",
	    search_options, list, "  assay policy list --as hlr-1" },
	{ "policy", "show", "NUMBER", "a policy with its terms", NULL, show,
	    "  assay policy show POL-2026-000001 --as hlr-1" },
	{ "policy", "draft", "FILE", "draft a policy for one purpose",
	    draft_options, draft,
	    "FILE is a JSON object; a term that it leaves out asks nothing "
	    "beyond the floor:\n"
	    "  min_level                  1 to 4\n"
	    "  accept_provisional         false: no provisional accreditation\n"
	    "  accept_self_declared_only  false: another scheme's certificate "
	    "too\n"
	    "  platform_only              false: the TrE is always judged\n"
	    "  max_audit_age              days since the site's audit ended\n"
	    "  grace_days                 after an accreditation expired, 0 to "
	    "365\n"
	    "  max_status_age             seconds\n"
	    "  require_consent            true: of the operator before, at a "
	    "change of operator,\n"
	    "                             also where the register knows of "
	    "none\n"
	    "  require_validation         of autonomous, semi_autonomous, "
	    "remote\n"
	    "  allowed_suppliers, denied_suppliers, allowed_models, "
	    "denied_models\n"
	    "  assay policy draft strict.json --purpose initial_download --as "
	    "hlr-1" },
	{ "policy", "test", "NUMBER",
	    "what it would have said to your last decisions", test_options,
	    test, "  assay policy test POL-2026-000001 --as hlr-1" },
	{ "policy", "activate", "NUMBER", "put another's draft into force",
	    NULL, activate,
	    "In place of the one that is active for that purpose.  Not by who "
	    "drafted it.\n"
	    "  assay policy activate POL-2026-000001 --as hlr-2" },
	{ "policy", "retire", "NUMBER", "put a draft away", retire_options,
	    retire,
	    "  assay policy retire POL-2026-000001 --reason \"a typing "
	    "error\" --as hlr-1" },
	CLI_END,
};
