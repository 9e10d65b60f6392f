/*
 * assay decide: may a subscription go to this device?  Plays the device that
 * it asks about.  assay challenge: a challenge alone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/arc.h"
#include "api/cli/decide_batch.h"
#include "api/cli/decide_inside.h"
#include "api/cli/decide_proof.h"
#include "api/cli/out.h"
#include "api/cli/signer.h"
#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "policy/decide.h"
#include "policy/reason.h"
#include "registry/consent.h"
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

/* One that was given by hand: a typing error is no challenge of before. */
static int
check_challenge(const char *base64)
{
	struct buf octets = BUF_EMPTY;
	bool good = base64 == NULL ||
	    (base64_decode(&octets, span_str(base64)) == 0 && octets.n == 32);

	buf_free(&octets);
	return good ? 0 : cli_usage("--challenge must be 32 octets in base64");
}

static int
read_question(struct cli *cli, const char *operator, struct question * q)
{
	*q = (struct question){
		.operator= operator,
		.purpose = cli_option_or(cli, "purpose", "initial_download"),
		.mode = cli_option_or(cli, "mode", "tre_and_platform"),
		.request_id = cli_option(cli, "request-id"),
		.challenge = cli_option(cli, "challenge"),
		.nonce = cli_option(cli, "nonce"),
		.signed_at = cli_option(cli, "signed-at"),
		.validation =
		    cli_option_or(cli, "validation", "semi_autonomous"),
		.firmware = cli_option(cli, "firmware"),
		.debug = cli_option(cli, "debug"),
		.tamper = cli_option(cli, "tamper"),
		.imei = cli_option(cli, "imei"),
		.tac = cli_option(cli, "tac"),
		.current_operator = cli_option(cli, "current-operator"),
	};
	if (strcmp(q->mode, "default") == 0) {
		q->mode_unsaid = true;
		q->mode = cli_option(cli, "tre") != NULL ||
			cli_option(cli, "tre-chain") != NULL
		    ? "tre_and_platform"
		    : "platform_only";
	}
	if (check_challenge(q->challenge) == -1)
		return -1;
	return cli_option_int(
	    cli, "max-status-age", 1, 86400, 0, &q->max_status_age);
}

/* The line of the file, malloc'd; NULL when there is none. */
static int
read_consent(struct cli *cli, char **line)
{
	const char *path = cli_option(cli, "consent");
	struct buf text = BUF_EMPTY;
	int rc;

	*line = NULL;
	if (path == NULL)
		return 0;
	if ((rc = io_read_file(path, CONSENT_MAX + 1, &text)) == 0) {
		*line = xstrdup(buf_str(&text));
		(*line)[strcspn(*line, "\r\n")] = '\0';
	}
	buf_free(&text);
	return rc;
}

bool
decide_wants_tre(const struct question *q)
{
	return strcmp(q->mode, "platform_only") != 0;
}

/* The two devices, as the options name them. */
int
decide_open_players(struct cli *cli, const struct question *q,
    const char *terminal_id, const char *tre_id, struct player *terminal,
    struct player *tre)
{
	const char *chain = cli_option(cli, "tre-chain");
	char found[64];

	if (player_open(cli, terminal_id, cli_option(cli, "platform-key"),
		cli_option(cli, "platform-chain"), terminal) == -1)
		return -1;
	if (!decide_wants_tre(q))
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
save_bundle(const json_t *bundle, const char *file)
{
	char *text = json_dumps(bundle, JSON_INDENT(1));
	int rc = out_write(file, 0644, span_str(text));

	free(text);
	return rc;
}

bool
decide_permits(const json_t *answer)
{
	const char *verdict =
	    json_string_value(json_object_get(answer, "verdict"));

	return verdict != NULL && strcmp(verdict, "permit") == 0;
}

/* ---- one device */

static int
decide_one(struct cli *cli, const struct question *asked)
{
	struct question copy = *asked, *q = &copy;
	struct player terminal = { .nchain = 0 }, tre = { .nchain = 0 };
	const char *file = cli_option(cli, "out");
	struct question_sent sent = { .body = NULL };
	struct decide_proof proof;
	json_t *answer = NULL, *bundle = NULL;
	int rc = -1;

	if (decide_proof_open(cli, &proof) == -1)
		goto out;
	if (!cli_switch(cli, "no-certificates")) {
		if (decide_open_players(cli, q, cli_option(cli, "terminal"),
			cli_option(cli, "tre"), &terminal, &tre) == -1)
			goto out;
		q->terminal = &terminal;
		q->tre = decide_wants_tre(q) ? &tre : NULL;
	}
	if ((answer = question_ask(cli, q, &sent)) == NULL ||
	    decide_proof_check(cli, &proof, q, &sent, answer,
		file != NULL ? &bundle : NULL) == -1)
		goto out;
	if (file != NULL && save_bundle(bundle, file) == -1)
		goto out;
	rc = decide_permits(answer) ? CLI_OK : CLI_REFUSED;
	if (cli->json)
		(void)cli_show(cli, json_incref(answer), NULL);
	else if (file == NULL || !out_is_open(file))
		say_answer(cli, answer, terminal.id, tre.id);
out:
	json_decref(answer);
	json_decref(bundle);
	question_sent_free(&sent);
	decide_proof_close(&proof);
	player_free(&terminal);
	player_free(&tre);
	return rc;
}

/* ---- the commands */

/* For programs: the codes, each with its check and its sentence. */
static int
explain_json(struct cli *cli)
{
	json_t *codes = json_array();
	const struct reason_entry *r;
	int i;

	for (i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		r = reason_get((enum reason)i);
		json_array_append_new(codes,
		    json_pack("{s:i, s:s, s:s}", "check", r->check, "code",
			r->code, "sentence", r->sentence));
	}
	return cli_show(cli, codes, NULL);
}

static int
run(struct cli *cli)
{
	char operator[64], *consent = NULL;
	struct question q;
	int rc = -1;
	bool pairs = cli_option(cli, "pairs") != NULL;
	bool batch = cli_option(cli, "batch") != NULL;

	if (cli_switch(cli, "explain")) {
		if (cli->json)
			return explain_json(cli);
		decide_explain(stdout);
		return CLI_OK;
	}
	if (cli_option(cli, "terminal") == NULL && !pairs && !batch &&
	    cli_option(cli, "platform-chain") == NULL &&
	    !cli_switch(cli, "no-certificates"))
		return cli_usage("say which device: --terminal ID");
	if (pairs && (batch || cli_option(cli, "out") != NULL))
		return cli_usage("--pairs goes without --out and --batch");
	if (arc_set(cli) == -1 || read_operator(cli, operator) == -1 ||
	    read_question(cli, operator, & q) == -1)
		return -1;
	if (read_consent(cli, &consent) == 0) {
		q.consent = consent;
		rc = batch  ? decide_batch(cli, &q)
		    : pairs ? decide_pairs(cli, &q)
			    : decide_one(cli, &q);
	}
	free(consent);
	return rc;
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
	{ "pairs", "FILE",
	    "ask about many, in one go: a line \"TRE TERMINAL [CONSENT]\" "
	    "each; with --json a line of JSON each",
	    false, false },
	{ "batch", "FILE",
	    "ask about all of a table, ten thousand a batch: CSV whose first "
	    "row names the columns terminal, tre, imei, tac, firmware, "
	    "consent; the answer is a table, to --out or standard output",
	    false, false },
	{ "keep", "FILE",
	    "of --batch: keep the receipts, and each device's answer with its "
	    "path to them",
	    false, false },
	{ "purpose", "WORD",
	    "initial_download, change_of_operator, reprovision or precheck",
	    false, false },
	{ "mode", "WORD",
	    "tre_and_platform or platform_only; or default: say none, and show "
	    "the TrE only if it is named",
	    false, false },
	{ "imei", "DIGITS", "of the terminal, 15 digits", false, false },
	{ "tac", "DIGITS", "of the terminal, 8 digits", false, false },
	{ "current-operator", "HANDLE", "who has the device now", false,
	    false },
	{ "consent", "FILE", "its consent, as assay consent sign prints it",
	    false, false },
	{ "firmware", "TEXT", "what the TrE says of its firmware", false,
	    false },
	{ "debug", "WORD",
	    "what it says of its debug port: disabled, disabled_since_boot, "
	    "disabled_permanently or enabled",
	    false, false },
	{ "tamper", "WORD", "what it says of tampering: none or detected",
	    false, false },
	{ "validation", "WORD", "autonomous, semi_autonomous or remote", false,
	    false },
	{ "nonce", "TEXT", "of the operator; it is in the receipt", false,
	    false },
	{ "max-status-age", "SECONDS", "how old the status may be", false,
	    false },
	{ "request-id", "UUID", "the same question again: the same answer",
	    false, false },
	{ "root", "FILE", "the root that its receipt must be under (VAR's)",
	    false, false },
	{ "out", "FILE",
	    "keep the receipt with what proves it; of --batch, the table",
	    false, false },
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
	    "Exits with 0 for a permit, 1 for refuse and indeterminate.  An "
	    "answer\n"
	    "whose receipt does not hold, or is of another question or time, "
	    "is none\n"
	    "of these (3).  The\n"
	    "device is played with the keys of VAR/devices.  Of a --batch that "
	    "is\n"
	    "told to come later (429 or 503 with Retry-After) it says so, and "
	    "waits,\n"
	    "fifteen minutes in all.  --out and --keep of a --batch follow no\n"
	    "symbolic link.  --out - is standard output, for nothing but "
	    "that.\n"
	    "  assay decide --as mobilfunk-hlr --terminal TERM-1 --out "
	    "receipt.json\n"
	    "  assay decide --as mobilfunk-hlr --batch devices.csv --out "
	    "verdicts.csv" },
	{ "challenge", "new", NULL, "get a challenge and nothing else", NULL,
	    challenge_new, "  assay challenge new --as mobilfunk-hlr" },
	CLI_END,
};
