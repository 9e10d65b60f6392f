/*
 * assay approve, assay reject: the second person's word; assay withdraw: the
 * first one's second thought.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/text.h"
#include "key/hash.h"

#define ORDER_WAIT_MS 30000 /* for the authority to carry out an act */

static json_t *
open_proposals(struct cli *cli, const char *subject)
{
	if (subject == NULL)
		return cli_get(cli, "/v1/proposals?state=open");
	return cli_get(
	    cli, "/v1/proposals?state=open&subject=%s", cli_escape(subject));
}

static int
list(struct cli *cli)
{
	json_t *page = open_proposals(cli, NULL);
	bool more = *cli_text(page, "next") != '\0';
	int rc = cli_show(
	    cli, page, "subject,act,terms,proposed_by,approvers,created");

	if (rc == CLI_OK && more)
		cli_say(cli,
		    "\nThere are more: assay proposal list --state open --all");
	return rc;
}

/* The number of the one open proposal on the subject; 0 with an error. */
static json_int_t
find(struct cli *cli, const char *subject)
{
	const char *act = cli_option(cli, "act");
	json_t *answer = open_proposals(cli, subject), *p;
	json_int_t found = 0;
	size_t i, n = 0;

	if (answer == NULL)
		return 0;
	json_array_foreach(json_object_get(answer, "proposals"), i, p)
	{
		if (act != NULL && strcmp(cli_text(p, "act"), act) != 0)
			continue;
		found = json_integer_value(json_object_get(p, "proposal"));
		n++;
	}
	json_decref(answer);
	if (n == 1)
		return found;
	if (n == 0)
		(void)err_set_code(ERR_ABSENT, "NOTHING_PROPOSED",
		    "nothing is proposed on %s; `assay approve list` shows "
		    "what waits",
		    subject);
	else
		(void)cli_usage("%zu acts are proposed on %s: say which with "
				"--act",
		    n, subject);
	return 0;
}

/*
 * The octets that the proposer signed, by their hash, not what the server says
 * of them: the approval is a signature over that hash.
 */
static int
check_terms(json_t *proposal, struct buf *body)
{
	json_t *statement = json_object_get(proposal, "statement");
	struct buf hex = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	int rc = -1;

	if (base64_decode(body, span_str(cli_text(statement, "body"))) == -1)
		return err_set(
		    ERR_INTERNAL, "the server sent no statement to approve");
	hash_sha256(buf_span(body), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	if (strcmp(buf_str(&hex), cli_text(proposal, "terms_sha256")) == 0)
		rc = 0;
	else
		err_set_code(ERR_DENIED, "TERMS_CHANGED",
		    "what the server shows is not what %s signed",
		    cli_text(proposal, "proposed_by"));
	buf_free(&hex);
	return rc;
}

/* Nothing that was signed may steer the terminal. */
static void
say_terms(const struct cli *cli, json_t *p, struct buf *body)
{
	text_make_plain((char *)body->p, body->n, false);
	cli_say(cli,
	    "%s proposed %s of %s and signed:", cli_text(p, "proposed_by"),
	    cli_text(p, "act"), cli_text(p, "subject"));
	cli_say(cli, "  %s %s",
	    cli_text(json_object_get(p, "statement"), "url"), buf_str(body));
}

static long long
reach_of(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

/* What it would hit, before anybody signs. */
static void
say_reach(const struct cli *cli, const json_t *reach)
{
	const json_t *operators = json_object_get(reach, "operators"), *o;
	size_t i;

	if (!json_is_object(reach))
		return;
	cli_say(cli,
	    "It hits devices: %lld (certificates not revoked: %lld), models: "
	    "%lld, lots: %lld, terminals: %lld.",
	    reach_of(reach, "devices"), reach_of(reach, "certificates"),
	    reach_of(reach, "models"), reach_of(reach, "lots"),
	    reach_of(reach, "terminals"));
	json_array_foreach(operators, i, o)
	{
		cli_say(cli, "  %s has permits for %lld of them",
		    cli_text(o, "operator"), reach_of(o, "permits"));
	}
}

/*
 * The number of devices that a revocation hits, from --count or the terminal:
 * nobody revokes a million by habit.  0, or -1.
 */
static int
ask_count(struct cli *cli, const json_t *p, json_t *body)
{
	const json_t *reach = json_object_get(p, "reach");
	char line[32] = "";
	const char *text = cli_option(cli, "count");
	char *end;
	long long n;

	if (text == NULL) {
		if (!json_is_true(json_object_get(reach, "counted")))
			return 0;
		if (!isatty(STDIN_FILENO))
			return cli_usage("this revokes for good: say with "
					 "--count how many devices");
		fprintf(stderr,
		    "This is final.  Type the number of devices "
		    "to approve it: ");
		if (fgets(line, sizeof(line), stdin) == NULL)
			line[0] = '\0';
		line[strcspn(line, "\n")] = '\0';
		text = line;
	}
	errno = 0;
	n = strtoll(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
		return cli_usage("\"%s\" is no number of devices", text);
	json_object_set_new(body, "count", json_integer(n));
	return 0;
}

static json_t *
verdict_of(struct cli *cli, json_t *p, const char *verdict)
{
	const char *reason = cli_option(cli, "reason");
	json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "subject",
	    cli_text(p, "subject"), "act", cli_text(p, "act"), "terms_sha256",
	    cli_text(p, "terms_sha256"), "verdict", verdict);

	if (reason != NULL)
		json_object_set_new(body, "reason", json_string(reason));
	return body;
}

/*
 * What the authority carries out, it does after it has checked both
 * signatures itself: wait for its word.  Takes the answer, gives the last.
 */
static json_t *
wait_for_order(struct cli *cli, json_t *answer)
{
	json_int_t number =
	    json_integer_value(json_object_get(answer, "proposal"));
	const json_t *order;
	int64_t end = clock_ms() + ORDER_WAIT_MS;

	while (answer != NULL) {
		order = json_object_get(answer, "order");
		if (strcmp(cli_text(order, "state"), "failed") == 0) {
			err_set_code(ERR_DENIED, "NOT_CARRIED_OUT", "%s",
			    cli_text(order, "error"));
			json_decref(answer);
			return NULL;
		}
		if (strcmp(cli_text(order, "state"), "queued") != 0 ||
		    clock_ms() >= end)
			break;
		(void)usleep(20 * 1000);
		json_decref(answer);
		answer =
		    cli_get(cli, "/v1/proposals/%" JSON_INTEGER_FORMAT, number);
	}
	return answer;
}

/* For people without the signature: what was signed, they have read. */
static int
show_proposal(struct cli *cli, json_t *p)
{
	if (!cli->json)
		json_object_del(p, "statement");
	return cli_show(cli, p, NULL);
}

static int
judge(struct cli *cli, const char *verdict)
{
	const char *subject = cli_arg(cli, 0);
	json_int_t number = find(cli, subject);
	struct buf body = BUF_EMPTY;
	json_t *p, *said = NULL;
	int rc = -1;

	if (number == 0)
		return -1;
	p = cli_get(cli, "/v1/proposals/%" JSON_INTEGER_FORMAT, number);
	if (p == NULL || check_terms(p, &body) == -1)
		goto out;
	if (strcmp(cli_text(p, "subject"), subject) != 0) {
		err_set_code(ERR_DENIED, "TERMS_CHANGED",
		    "the server shows a proposal on %s instead",
		    cli_text(p, "subject"));
		goto out;
	}
	say_terms(cli, p, &body);
	say_reach(cli, json_object_get(p, "reach"));
	said = verdict_of(cli, p, verdict);
	if (strcmp(verdict, "approve") == 0 && ask_count(cli, p, said) == -1)
		goto out;
	rc = show_proposal(cli,
	    wait_for_order(cli,
		cli_post(cli, json_incref(said),
		    "/v1/proposals/%" JSON_INTEGER_FORMAT "/approve", number)));
out:
	json_decref(said);
	json_decref(p);
	buf_free(&body);
	return rc;
}

static int
approve(struct cli *cli)
{
	if (strcmp(cli_arg(cli, 0), "list") == 0)
		return list(cli);
	return judge(cli, "approve");
}

static int
reject(struct cli *cli)
{
	return judge(cli, "reject");
}

static int
withdraw(struct cli *cli)
{
	json_int_t number = find(cli, cli_arg(cli, 0));
	const char *reason = cli_option(cli, "reason");
	json_t *body;

	if (number == 0)
		return -1;
	body = json_object();
	if (reason != NULL)
		json_object_set_new(body, "reason", json_string(reason));
	return show_proposal(cli,
	    cli_post(cli, body,
		"/v1/proposals/%" JSON_INTEGER_FORMAT "/withdraw", number));
}

static const struct cli_option approve_options[] = {
	{ "act", "ACT", "which one, where several are proposed", false, false },
	{ "reason", "TEXT", "why, for the record", false, false },
	{ "count", "N", "how many devices it revokes, where it does", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option reject_options[] = {
	{ "act", "ACT", "which one, where several are proposed", false, false },
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option withdraw_options[] = {
	{ "act", "ACT", "which one, where several are proposed", false, false },
	{ "reason", "TEXT", "why, for the record", false, false },
	CLI_OPTION_END,
};

const struct cli_command approve_commands[] = {
	{ "approve", NULL, "SUBJECT",
	    "approve what somebody else proposed; `list` shows what waits",
	    approve_options, approve,
	    "Shows what its proposer signed, and signs the approval of exactly "
	    "that.\n"
	    "  assay approve list --as decider-1\n"
	    "  assay approve TRE-2026-000001 --as decider-2" },
	{ "reject", NULL, "SUBJECT", "reject what somebody else proposed",
	    reject_options, reject,
	    "  assay reject TRE-2026-000001 --reason \"the site is not ready\" "
	    "--as decider-2" },
	{ "withdraw", NULL, "SUBJECT", "take back what you proposed",
	    withdraw_options, withdraw,
	    "  assay withdraw TRE-2026-000001 --as decider-1" },
	CLI_END,
};
