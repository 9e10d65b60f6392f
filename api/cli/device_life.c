/*
 * assay device: what befalls one after it was made; and, for tests and demos,
 * what a TrE says that was tampered with.
 */

#include <stdio.h>
#include <stdlib.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/device.h"
#include "api/cli/out.h"
#include "api/cli/player.h"
#include "base/clock.h"
#include "registry/tamper_report.h"

/* quarantine, release, retire: the verb is the last part of the address. */
static int
change(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	return device_show(cli,
	    cli_post(cli, body, "/v1/devices/%s/%s/%s",
		cli_escape(cli_arg(cli, 0)), cli_escape(cli_arg(cli, 1)),
		cli->command->verb));
}

static int
release(struct cli *cli)
{
	int rc = change(cli);

	if (rc == CLI_OK)
		cli_say(cli,
		    "\nA second person approves or rejects it: assay approve "
		    "%s/%s",
		    cli_arg(cli, 0), cli_arg(cli, 1));
	return rc;
}

/* An incident by another name: the one that people look for here. */
static int
stolen(struct cli *cli)
{
	json_t *body = json_object(), *devices = json_array();
	char *name = xasprintf("%s/%s", cli_arg(cli, 0), cli_arg(cli, 1));

	json_array_append_new(devices, json_string(name));
	free(name);
	json_object_set_new(body, "kind", json_string("stolen_device"));
	json_object_set_new(body, "devices", devices);
	body_put(body, cli, "detail", "detail");
	body_put(body, cli, "reference", "reference");
	return cli_show_parts(cli, cli_post(cli, body, "/v1/incidents"));
}

/* ---- tamper */

static int
build(struct cli *cli, const struct player *p, struct buf *jws)
{
	struct tamper_report t = { .what = "other", .iat = clock_now() };
	long seq;

	if (cli_option(cli, "what") != NULL)
		t.what = cli_option(cli, "what");
	t.detail = cli_option(cli, "detail");
	/* milliseconds grow, if no two reports are made in the same one */
	if (cli_option_int(cli, "seq", 1, (long)TAMPER_REPORT_SEQ_MAX,
		(long)clock_now() * 1000 + (long)(clock_ms() % 1000),
		&seq) == -1)
		return -1;
	t.seq = seq;
	return tamper_report_build(&t, p->key, buf_span(&p->chain[0]), jws);
}

/* As a device would: nobody's credential, nothing but the report. */
static int
submit(struct cli *cli, struct span jws)
{
	struct client_call call = { .method = "POST",
		.path = "/v1/tamper-reports",
		.content_type = "application/jose",
		.unsigned_act = true,
		.body = jws };
	struct client_reply reply;
	json_t *answer = NULL;

	if (client_do(cli, &call, &reply) == 0)
		answer = client_reply_json(cli, &reply);
	client_reply_free(&reply);
	return cli_show(cli, answer, NULL);
}

static int
tamper(struct cli *cli)
{
	const char *out = cli_option(cli, "out");
	struct buf jws = BUF_EMPTY;
	struct player p;
	int rc;

	rc = player_open(cli, cli_arg(cli, 0), NULL, NULL, &p);
	if (rc == 0)
		rc = build(cli, &p, &jws);
	if (rc == 0 && out != NULL)
		rc = out_write(out, 0644, buf_span(&jws));
	else if (rc == 0)
		rc = submit(cli, buf_span(&jws));
	player_free(&p);
	buf_free(&jws);
	return rc;
}

static const struct cli_option reason_options[] = {
	{ "reason", "TEXT", "why, up to 500 characters", true, false },
	CLI_OPTION_END,
};

static const struct cli_option stolen_options[] = {
	{ "detail", "TEXT", "where, when, by whom reported", true, false },
	{ "reference", "TEXT", "the police's or your own number", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option tamper_options[] = {
	{ "what", "WORD",
	    "clock, debug, enclosure, firmware, light, mesh, other, "
	    "temperature or voltage",
	    false, false },
	{ "detail", "TEXT", "up to 500 characters", false, false },
	{ "seq", "N", "greater than the last one (else the time)", false,
	    false },
	{ "out", "FILE", "write the report there instead of sending it", false,
	    false },
	CLI_OPTION_END,
};

const struct cli_command device_life_commands[] = {
	{ "device", "quarantine", "KIND ID", "no decision permits it any more",
	    reason_options, change,
	    "Takes one security officer, and effect at once.\n"
	    "  assay device quarantine tre TRE-1 --reason \"odd answers\" --as "
	    "security-1" },
	{ "device", "release", "KIND ID",
	    "propose to release it from quarantine", reason_options, release,
	    "Takes two people, and no open incident about it.\n"
	    "  assay device release tre TRE-1 --reason \"looked at\" --as "
	    "security-1" },
	{ "device", "retire", "KIND ID", "it is scrapped, for good",
	    reason_options, change,
	    "By its supplier or an officer; its certificates end with it.\n"
	    "  assay device retire terminal TERM-1 --reason \"burnt\" --as "
	    "karren-pki" },
	{ "device", "stolen", "KIND ID", "report it stolen", stolen_options,
	    stolen,
	    "By an operator that got a permit for it, its supplier, or the "
	    "body.  Takes\n"
	    "effect when the incident is confirmed, and is final.\n"
	    "  assay device stolen terminal TERM-1 --detail \"car park, last "
	    "night\" \\\n"
	    "      --reference 4711/26 --as mobilfunk-hlr" },
	{ "device", "tamper", "ID",
	    "play a TrE that was tampered with: it reports itself",
	    tamper_options, tamper,
	    "Signed with its key in VAR/devices (policy/tamper-report.md); it "
	    "is\n"
	    "quarantined at once.\n"
	    "  assay device tamper TRE-1 --what mesh" },
	CLI_END,
};
