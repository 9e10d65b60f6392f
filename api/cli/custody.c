/*
 * assay custody, assay decision confirm: whose subscription is in a device.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/lines.h"
#include "api/cli/list.h"
#include "base/err.h"

#define LINES_MOST (64 * 1024 * 1024)

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/custody",
	    "custody,device,operator,reference,state,locked_until,since");
}

static int
show(struct cli *cli)
{
	return cli_show_parts(
	    cli, cli_get(cli, "/v1/custody/%s", cli_escape(cli_arg(cli, 0))));
}

static int
release(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return cli_show_parts(cli,
	    cli_post(cli, body, "/v1/custody/%s/release",
		cli_escape(cli_arg(cli, 0))));
}

static int
lock(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "locked_until", "until");
	return cli_show_parts(cli,
	    cli_post(
		cli, body, "/v1/custody/%s/lock", cli_escape(cli_arg(cli, 0))));
}

static int
release_all(struct cli *cli)
{
	json_t *body = json_object();
	int rc;

	body_put(body, cli, "reason", "reason");
	rc = cli_show_parts(cli,
	    cli_post(cli, body, "/v1/organisations/%s/release-custody",
		cli_escape(cli_arg(cli, 0))));
	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA decider approves or rejects it: assay approve %s",
		    cli_arg(cli, 0));
	return rc;
}

static json_t *
confirm_one(struct cli *cli, const char *decision, const char *reference)
{
	json_t *body = json_pack("{s:s}", "reference", reference);

	body_put(body, cli, "locked_until", "locked-until");
	return cli_post(
	    cli, body, "/v1/decisions/%s/confirm", cli_escape(decision));
}

/* "DECISION REFERENCE" a line; a line of JSON each with --json. */
static int
confirm_lines(struct cli *cli, char *lines)
{
	char *line, *next = lines, decision[64], reference[80];
	json_t *answer;
	int end, n = 0;

	while ((line = strsep(&next, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		end = 0;
		if (sscanf(line, "%63s %79s %n", decision, reference, &end) !=
			2 ||
		    line[end] != '\0')
			return err_set(ERR_INPUT,
			    "a line is not \"DECISION REFERENCE\": %s", line);
		answer = confirm_one(cli, decision, reference);
		if (answer == NULL)
			return -1;
		if (cli->json) {
			(void)json_dumpf(answer, stdout, JSON_COMPACT);
			printf("\n");
		}
		json_decref(answer);
		n++;
	}
	return n > 0 ? CLI_OK
		     : err_set(ERR_INPUT, "there are no lines in that file");
}

static int
confirm(struct cli *cli)
{
	const char *path = cli_option(cli, "lines");
	const char *reference = cli_option(cli, "reference");
	struct buf file = BUF_EMPTY;
	int rc;

	if ((path == NULL) != (cli_arg(cli, 0) != NULL) ||
	    (path == NULL) != (reference != NULL))
		return cli_usage("say DECISION and --reference, or --lines");
	if (path == NULL)
		return cli_show_parts(
		    cli, confirm_one(cli, cli_arg(cli, 0), reference));
	if ((rc = lines_read(path, LINES_MOST, &file)) == 0)
		rc = confirm_lines(cli, (char *)file.p);
	buf_free(&file);
	return rc;
}

/* ---- the commands */

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "device", "KIND/ID", "only of this one", false, false },
	{ "operator", "HANDLE", "only this operator's", false, false },
	LIST_PAGES,
};

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option lock_options[] = {
	{ "until", "TIME", "earlier than it was", true, false },
	CLI_OPTION_END,
};

static const struct cli_option confirm_options[] = {
	{ "reference", "TEXT", "your own, to find the subscription by", false,
	    false },
	{ "lines", "FILE", "many in one go: a line \"DECISION REFERENCE\" each",
	    false, false },
	{ "locked-until", "TIME",
	    "the device is subsidised: nobody takes it over before", false,
	    false },
	CLI_OPTION_END,
};

const struct cli_command custody_commands[] = {
	{ "decision", "confirm", "[DECISION]",
	    "say that what was permitted was done", confirm_options, confirm,
	    "Within 70 minutes of the permit, once; the same words again are "
	    "answered again.\n"
	    "Then the device is in your custody: nobody else is permitted "
	    "anything with it\n"
	    "without your consent.  A lock lasts for 730 days at most, and "
	    "never gets longer.\n"
	    "  assay decision confirm $decision --reference C-4711 \\\n"
	    "      --locked-until 2027-12-31T00:00:00Z --as mobilfunk-hlr" },
	{ "custody", "list", NULL,
	    "list the devices that are or were in your custody, newest first",
	    search_options, list,
	    "  assay custody list --state held --as mobilfunk-hlr" },
	{ "custody", "show", "CUSTODY", "one custody and its history", NULL,
	    show, "  assay custody show $custody --as mobilfunk-hlr" },
	{ "custody", "release", "CUSTODY",
	    "give the device up: then no consent is needed", reason_options,
	    release,
	    "  assay custody release $custody --reason \"contract ended\" "
	    "--as mobilfunk-hlr" },
	{ "custody", "lock", "CUSTODY", "let its lock end earlier",
	    lock_options, lock,
	    "  assay custody lock $custody --until 2027-01-01T00:00:00Z "
	    "--as mobilfunk-hlr" },
	{ "custody", "release-all", "OPERATOR",
	    "propose that an operator that is no more gives up its devices",
	    reason_options, release_all,
	    "By an officer, of one that is suspended or terminated; a decider "
	    "approves.\n"
	    "  assay custody release-all fernfunk --reason insolvent "
	    "--as officer-1" },
	CLI_END,
};
