/*
 * assay offline: the offline kit, fetched, read, and asked.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/arc.h"
#include "api/cli/kit_fetch.h"
#include "api/cli/kit_say.h"
#include "api/cli/offline.h"
#include "base/err.h"
#include "base/io.h"
#include "kit/judge.h"
#include "x509/cert.h"

#define CHAIN_MOST 65536

/* What every command begins with. */
struct work {
	struct roots roots;
	int64_t at;
	struct kit_chain chain;
};

static int
begin(struct cli *cli, struct work *w)
{
	memset(w, 0, sizeof(*w));
	if (arc_set(cli) == -1 || offline_time(cli, &w->at) == -1)
		return -1;
	return offline_roots(cli, &w->roots);
}

static void
end(struct work *w)
{
	kit_chain_free(&w->chain);
	roots_free(&w->roots);
}

static const char *
folder_of(const struct cli *cli)
{
	return cli_arg(cli, 0);
}

/* ---- fetch */

static int
fetch(struct cli *cli)
{
	struct work w;
	int fetched = 0, rc = -1;

	if (begin(cli, &w) == 0) {
		rc = kit_fetch(
		    cli, folder_of(cli), &w.roots, &w.chain, &fetched);
		if (rc == 0)
			rc = kit_chain_fresh(&w.chain, w.at);
		if (rc == 0)
			offline_fetched(cli, "kit", fetched,
			    kit_chain_newest(&w.chain)->number);
		else
			rc = offline_bad(cli, "kit", "KIT_");
	}
	end(&w);
	return rc;
}

/* ---- show */

static int
show(struct cli *cli)
{
	struct work w;
	int rc = -1;

	if (begin(cli, &w) == 0) {
		if (kit_folder_load(folder_of(cli), &w.roots, &w.chain) == 0 &&
		    kit_chain_fresh(&w.chain, w.at) == 0)
			rc = kit_say(cli, &w.chain, w.at);
		else
			rc = offline_bad(cli, "kit", "KIT_");
	}
	end(&w);
	return rc;
}

/* ---- decide */

struct asked {
	struct kit_question q;
	struct buf certificates[4]; /* the TrE's and the terminal's chains */
};

/* A file in PEM, leaf and issuer; or a device of VAR. */
static int
read_chain(const struct cli *cli, const char *name, struct buf der[2])
{
	char *path = access(name, R_OK) == 0 ? xstrdup(name)
					     : cli_device(cli, name, ".crt");
	struct buf file = BUF_EMPTY;
	struct span text;
	int i, rc = io_read_file(path, CHAIN_MOST, &file);

	text = buf_span(&file);
	for (i = 0; rc == 0 && i < 2; i++)
		rc = cert_read_pem(&text, &der[i]);
	/* one alone is for the decision to refuse */
	if (rc == -1 && err_kind() == ERR_ABSENT && i == 2 && file.n > 0)
		rc = 0;
	free(path);
	buf_free(&file);
	return rc;
}

static int
read_question(struct cli *cli, struct asked *a, int64_t at)
{
	const char *tre = cli_option(cli, "tre");
	struct kit_question *q = &a->q;
	long age;

	memset(a, 0, sizeof(*a));
	*q = (struct kit_question){ .imei = cli_option(cli, "imei"),
		.tac = cli_option(cli, "tac"),
		.firmware = cli_option(cli, "firmware"),
		.platform_only = cli_switch(cli, "platform-only"),
		.now = at };
	if (tre == NULL && !q->platform_only)
		return cli_usage("say --tre, or --platform-only");
	if (cli_option_int(cli, "max-status-age", 1, 31 * 86400, 0, &age) ==
		-1 ||
	    (tre != NULL && read_chain(cli, tre, a->certificates) == -1) ||
	    read_chain(cli, cli_option(cli, "terminal"), a->certificates + 2) ==
		-1)
		return -1;
	q->max_status_age = age;
	for (int i = 0; i < 2; i++) {
		q->tre[i] = buf_span(&a->certificates[i]);
		q->terminal[i] = buf_span(&a->certificates[2 + i]);
	}
	return 0;
}

/* No permit; but is there nothing that speaks against it? */
static int
exit_of(const struct verdict *v)
{
	if (v->kind == VERDICT_REFUSE)
		return CLI_REFUSED;
	return v->reasons[0] == PRECHECK_ONLY ? CLI_OK : CLI_UNAVAILABLE;
}

static int
judge(struct cli *cli, struct work *w, const struct kit_question *q)
{
	struct kit_answer a;

	if (kit_folder_load(folder_of(cli), &w->roots, &w->chain) == -1 ||
	    kit_judge(&w->chain, &w->roots, q, &a) == -1)
		return offline_bad(cli, "kit", "KIT_");
	kit_say_answer(cli, &w->chain, w->at, &a);
	return exit_of(&a.verdict);
}

static int
ask(struct cli *cli)
{
	struct asked asked;
	struct work w;
	int i, rc = -1;

	memset(&asked, 0, sizeof(asked));
	if (begin(cli, &w) == 0 && read_question(cli, &asked, w.at) == 0)
		rc = judge(cli, &w, &asked.q);
	for (i = 0; i < 4; i++)
		buf_free(&asked.certificates[i]);
	end(&w);
	return rc;
}

/* ---- the commands */

#define TRUST                                                                  \
	{ "root", "FILE",                                                      \
		"the root to trust, or several and the links between them "    \
		"(else VAR's)",                                                \
		false, false },                                                \
	    { "at", "TIME", "as if it were then (else now)", false, false },   \
	{                                                                      \
		"oid-arc", "OID",                                              \
		    "the arc of the PKI (else as in VAR's assay.cnf)", false,  \
		    false                                                      \
	}

static const struct cli_option fetch_options[] = {
	TRUST,
	{ "public-url", "URL", "where (else as in VAR's assay.cnf)", false,
	    false },
	CLI_OPTION_END,
};

static const struct cli_option show_options[] = {
	TRUST,
	CLI_OPTION_END,
};

static const struct cli_option decide_options[] = {
	TRUST,
	{ "terminal", "FILE", "its certificate and its CA's, PEM; or an id",
	    true, false },
	{ "tre", "FILE", "the TrE's likewise", false, false },
	{ "platform-only", NULL, "judge the terminal alone", false, false },
	{ "imei", "IMEI", "that the terminal says it has", false, false },
	{ "tac", "TAC", "that the terminal says it has", false, false },
	{ "firmware", "VERSION", "that the TrE says it runs", false, false },
	{ "max-status-age", "SECONDS", "how old the kit may be", false, false },
	CLI_OPTION_END,
};

const struct cli_command kit_commands[] = {
	{ "offline", "fetch", "FOLDER",
	    "keep an offline kit: fetch what is missing, verify the chain",
	    fetch_options, fetch,
	    "A full snapshot once, then a delta an hour.  Nothing is kept "
	    "that\n"
	    "is not signed under the root and does not follow what is there.\n"
	    "  assay offline fetch /var/lib/kit --root root.crt \\\n"
	    "      --public-url http://status.example.org" },
	{ "offline", "show", "FOLDER", "what a kit is, and how old",
	    show_options, show,
	    "Exits with 1 when it does not hold: KIT_SIGNATURE, KIT_SIGNER,\n"
	    "KIT_STALE, KIT_NOT_YET, KIT_GAP, KIT_CHAIN, KIT_ROLLBACK,\n"
	    "KIT_ANEW, KIT_MALFORMED, KIT_ABSENT.\n"
	    "  assay offline show /var/lib/kit --root root.crt" },
	{ "offline", "decide", "FOLDER",
	    "does anything speak against a device? Without a network",
	    decide_options, ask,
	    "Checks 3 to 7, 10 and 11 of a decision, on what the kit knows.\n"
	    "It never permits: 0 when nothing speaks against the device as "
	    "far\n"
	    "as the kit knows, 1 when it is refused or the kit does not hold,\n"
	    "6 when the kit cannot tell.\n"
	    "  assay offline decide /var/lib/kit --tre tre.pem \\\n"
	    "      --terminal terminal.pem --root root.crt" },
	CLI_END,
};
