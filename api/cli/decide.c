/*
 * assay decide: may a subscription go to this device?  Plays the device that
 * it asks about.  assay challenge: a challenge alone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/arc.h"
#include "api/cli/question.h"
#include "api/cli/signer.h"
#include "base/err.h"
#include "base/io.h"
#include "policy/decide.h"
#include "x509/cert.h"

/* ---- one question from the command line */

static int
read_operator(struct cli *cli, char handle[64])
{
	struct signer by;
	struct cert c;
	int rc;

	if (cli->as[0] == '\0')
		return cli_usage("say --as NAME, the operator's credential");
	if (signer_open(cli, &by) == -1)
		return -1;
	if ((rc = cert_parse(buf_span(&by.certificate), &c)) == 0)
		(void)snprintf(handle, 64, "%.*s",
		    (int)c.subject.organisation.n,
		    (const char *)c.subject.organisation.p);
	signer_free(&by);
	return rc;
}

static const char *
option_or(const struct cli *cli, const char *name, const char *otherwise)
{
	const char *s = cli_option(cli, name);

	return s != NULL ? s : otherwise;
}

static int
read_question(struct cli *cli, const char *operator, struct question * q)
{
	*q = (struct question){
		.operator= operator,
		.purpose = option_or(cli, "purpose", "initial_download"),
		.mode = option_or(cli, "mode", "tre_and_platform"),
		.request_id = cli_option(cli, "request-id"),
		.challenge = cli_option(cli, "challenge"),
		.nonce = cli_option(cli, "nonce"),
		.signed_at = cli_option(cli, "signed-at"),
		.validation = option_or(cli, "validation", "semi_autonomous"),
		.firmware = cli_option(cli, "firmware"),
		.imei = cli_option(cli, "imei"),
		.tac = cli_option(cli, "tac"),
	};
	return cli_option_int(
	    cli, "max-status-age", 1, 86400, 0, &q->max_status_age);
}

static bool
wants_tre(const struct question *q)
{
	return strcmp(q->mode, "platform_only") != 0;
}

/* The two devices, as the options name them. */
static int
open_players(struct cli *cli, const struct question *q, const char *terminal_id,
    const char *tre_id, struct player *terminal, struct player *tre)
{
	const char *chain = cli_option(cli, "tre-chain");
	char found[64];

	if (player_open(cli, terminal_id, cli_option(cli, "platform-key"),
		cli_option(cli, "platform-chain"), terminal) == -1)
		return -1;
	if (!wants_tre(q))
		return 0;
	if (tre_id == NULL && chain == NULL) {
		if (player_find_tre(cli, terminal, found) == -1)
			return -1;
		tre_id = found;
	}
	return player_open(cli, tre_id, cli_option(cli, "tre-key"), chain, tre);
}

/* ---- its answer */

static void
say_codes(const json_t *codes, const char *label)
{
	const char *code;
	size_t i;
	json_t *v;

	json_array_foreach(codes, i, v)
	{
		code = json_string_value(v);
		if (code == NULL)
			continue;
		printf("  %s%s: %s\n", label, code,
		    reason_get(reason_find(code))->sentence);
	}
}

static void
say_answer(const struct cli *cli, const json_t *answer, const char *terminal,
    const char *tre)
{
	const char *verdict =
	    json_string_value(json_object_get(answer, "verdict"));
	const char *id = json_string_value(json_object_get(answer, "decision"));

	if (cli->quiet)
		return;
	printf("%s", verdict != NULL ? verdict : "?");
	if (terminal[0] != '\0')
		printf("  %s", terminal);
	if (tre[0] != '\0')
		printf(" with %s", tre);
	printf("\n");
	say_codes(json_object_get(answer, "reasons"), "");
	say_codes(json_object_get(answer, "warnings"), "warning ");
	if (id != NULL)
		printf("  decision %s\n", id);
}

static int
save_bundle(struct cli *cli, const json_t *answer, const char *file)
{
	const char *id = json_string_value(json_object_get(answer, "decision"));
	json_t *bundle;
	char *text;
	int rc;

	if (id == NULL)
		return err_set(ERR_INTERNAL, "the answer names no decision");
	bundle = cli_get(cli, "/v1/decisions/%s/bundle", cli_escape(id));
	if (bundle == NULL)
		return -1;
	text = json_dumps(bundle, JSON_INDENT(1));
	rc = io_write_file(file, 0644, span_str(text));
	free(text);
	json_decref(bundle);
	return rc;
}

static bool
permits(const json_t *answer)
{
	const char *verdict =
	    json_string_value(json_object_get(answer, "verdict"));

	return verdict != NULL && strcmp(verdict, "permit") == 0;
}

/* ---- one device */

static int
decide_one(struct cli *cli, struct question *q)
{
	struct player terminal = { .nchain = 0 }, tre = { .nchain = 0 };
	const char *file = cli_option(cli, "out");
	json_t *answer = NULL;
	int rc = -1;

	if (!cli_switch(cli, "no-certificates")) {
		if (open_players(cli, q, cli_option(cli, "terminal"),
			cli_option(cli, "tre"), &terminal, &tre) == -1)
			goto out;
		q->terminal = &terminal;
		q->tre = wants_tre(q) ? &tre : NULL;
	}
	if ((answer = question_ask(cli, q)) == NULL)
		goto out;
	if (file != NULL && save_bundle(cli, answer, file) == -1)
		goto out;
	rc = permits(answer) ? CLI_OK : CLI_REFUSED;
	if (cli->json)
		(void)cli_show(cli, json_incref(answer), NULL);
	else
		say_answer(cli, answer, terminal.id, tre.id);
out:
	json_decref(answer);
	player_free(&terminal);
	player_free(&tre);
	return rc;
}

/* ---- many devices */

/* How often each verdict, or verdict with its first reason, was given. */
static void
count_answer(json_t *counts, const json_t *answer)
{
	const char *verdict =
	    json_string_value(json_object_get(answer, "verdict"));
	const char *first = json_string_value(
	    json_array_get(json_object_get(answer, "reasons"), 0));
	char *name = xasprintf("%s%s%s", verdict != NULL ? verdict : "?",
	    first != NULL ? " " : "", first != NULL ? first : "");
	json_int_t n = json_integer_value(json_object_get(counts, name));

	(void)json_object_set_new(counts, name, json_integer(n + 1));
	free(name);
}

static int
decide_nth(struct cli *cli, struct question *q, long i, json_t *counts)
{
	struct player terminal = { .nchain = 0 }, tre = { .nchain = 0 };
	char *terminal_id =
	    xasprintf("%s%ld", cli_option(cli, "terminal-prefix"), i);
	char *tre_id = cli_option(cli, "tre-prefix") != NULL
	    ? xasprintf("%s%ld", cli_option(cli, "tre-prefix"), i)
	    : NULL;
	json_t *answer = NULL;

	if (open_players(cli, q, terminal_id, tre_id, &terminal, &tre) == 0) {
		q->terminal = &terminal;
		q->tre = wants_tre(q) ? &tre : NULL;
		answer = question_ask(cli, q);
	}
	if (answer != NULL)
		count_answer(counts, answer);
	json_decref(answer);
	player_free(&terminal);
	player_free(&tre);
	free(terminal_id);
	free(tre_id);
	return answer != NULL ? 0 : -1;
}

static int
decide_many(struct cli *cli, struct question *q)
{
	json_t *counts = json_object();
	struct cli_progress *bar;
	long i, count;
	json_int_t permitted;
	int rc = 0;

	if (cli_option_int(cli, "count", 1, 1000000, 1, &count) == -1) {
		json_decref(counts);
		return -1;
	}
	bar = cli_progress_begin(cli, "deciding", (double)count);
	for (i = 1; i <= count && rc == 0; i++) {
		rc = decide_nth(cli, q, i, counts);
		cli_progress_set(bar, (double)i);
	}
	cli_progress_end(bar);
	permitted = json_integer_value(json_object_get(counts, "permit"));
	if (rc == 0) {
		rc = permitted == count ? CLI_OK : CLI_REFUSED;
		(void)cli_show(cli, json_incref(counts), NULL);
	}
	json_decref(counts);
	return rc;
}

/* ---- the commands */

static int
run(struct cli *cli)
{
	char operator[64];
	struct question q;
	bool many = cli_option(cli, "terminal-prefix") != NULL;

	if (cli_switch(cli, "explain")) {
		decide_explain(stdout);
		return CLI_OK;
	}
	if (cli_option(cli, "terminal") == NULL && !many &&
	    cli_option(cli, "platform-chain") == NULL &&
	    !cli_switch(cli, "no-certificates"))
		return cli_usage("say which device: --terminal ID");
	if (many && cli_option(cli, "out") != NULL)
		return cli_usage("--out goes with one device");
	if (!many && cli_option(cli, "count") != NULL)
		return cli_usage("--count goes with --terminal-prefix");
	if (arc_set(cli) == -1 || read_operator(cli, operator) == -1 ||
	    read_question(cli, operator, & q) == -1)
		return -1;
	return many ? decide_many(cli, &q) : decide_one(cli, &q);
}

static int
challenge_new(struct cli *cli)
{
	return cli_show(
	    cli, cli_post(cli, json_object(), "/v1/challenges"), NULL);
}

static const struct cli_option decide_options[] = {
	{ "terminal", "ID", "the terminal, of VAR/devices", false, false },
	{ "tre", "ID", "the TrE; else the one that the terminal is bound to",
	    false, false },
	{ "terminal-prefix", "TEXT", "many terminals: TEXT1, TEXT2, ...", false,
	    false },
	{ "tre-prefix", "TEXT", "their TrEs", false, false },
	{ "count", "N", "how many", false, false },
	{ "purpose", "WORD",
	    "initial_download, change_of_operator, reprovision or precheck",
	    false, false },
	{ "mode", "WORD", "tre_and_platform or platform_only", false, false },
	{ "imei", "DIGITS", "of the terminal, 15 digits", false, false },
	{ "tac", "DIGITS", "of the terminal, 8 digits", false, false },
	{ "firmware", "TEXT", "what the TrE says of its firmware", false,
	    false },
	{ "validation", "WORD", "autonomous, semi_autonomous or remote", false,
	    false },
	{ "nonce", "TEXT", "of the operator; it is in the receipt", false,
	    false },
	{ "max-status-age", "SECONDS", "how old the status may be", false,
	    false },
	{ "request-id", "UUID", "the same question again: the same answer",
	    false, false },
	{ "out", "FILE", "keep the receipt with what proves it", false, false },
	{ "explain", NULL, "print the checks and what they can say", false,
	    false },
	{ "challenge", "BASE64", "use this one, also if it was used", false,
	    false },
	{ "signed-at", "TIME", "say that it was signed then", false, false },
	{ "platform-chain", "FILE", "the terminal shows these certificates",
	    false, false },
	{ "platform-key", "FILE", "the terminal signs with this key", false,
	    false },
	{ "tre-chain", "FILE", "the TrE shows these certificates", false,
	    false },
	{ "tre-key", "FILE", "the TrE signs with this key", false, false },
	{ "no-certificates", NULL, "the device shows none", false, false },
	CLI_OPTION_END,
};

const struct cli_command decide_commands[] = {
	{ "decide", NULL, NULL, "may a subscription go to this device?",
	    decide_options, run,
	    "Exits with 0 for a permit, 1 for refuse and indeterminate.  The\n"
	    "device is played with the keys of VAR/devices.\n"
	    "  assay decide --as mobilfunk-hlr --terminal TERM-1 --out "
	    "receipt.json" },
	{ "challenge", "new", NULL, "get a challenge and nothing else", NULL,
	    challenge_new, NULL },
	CLI_END,
};
