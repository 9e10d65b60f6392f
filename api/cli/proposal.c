/*
 * assay proposal: what waits for a second person, and what became of the rest.
 */

#include "api/cli/cli.h"
#include "api/cli/list.h"
#include "base/enc.h"

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/proposals",
	    "proposal,subject,act,state,proposed_by,created");
}

/* With the octets that its proposer signed, as they are. */
static int
show(struct cli *cli)
{
	json_t *p =
	    cli_get(cli, "/v1/proposals/%s", cli_escape(cli_arg(cli, 0)));
	const char *base64 = cli_text(json_object_get(p, "statement"), "body");
	struct buf body = BUF_EMPTY;
	int rc = p == NULL ? -1 : base64_decode(&body, span_str(base64));

	if (rc == 0 && !cli->json) {
		json_object_set_new(
		    p, "signed", json_stringn_nocheck(buf_str(&body), body.n));
		json_object_del(p, "statement");
	}
	if (rc == 0)
		rc = cli_show(cli, json_incref(p), NULL);
	json_decref(p);
	buf_free(&body);
	return rc;
}

static const struct cli_option search_options[] = {
	{ "state", "STATE", "open, approved, rejected, withdrawn or lapsed",
	    false, false },
	{ "subject", "NAME", "only those on this subject", false, false },
	{ "act", "ACT", "only those of this act", false, false },
	LIST_PAGES,
};

const struct cli_command proposal_commands[] = {
	{ "proposal", "list", NULL, "what was proposed, newest first",
	    search_options, list,
	    "  assay proposal list --state open --as decider-1" },
	{ "proposal", "show", "NUMBER",
	    "one proposal, what its proposer signed and who judged it", NULL,
	    show, "  assay proposal show 15 --as decider-1" },
	CLI_END,
};
