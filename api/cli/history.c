/*
 * assay history: what held, as of any time, by what was known at any other,
 * and what befell the subject.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/out.h"
#include "base/text.h"

/* A value of what changed: a text as it is, all else as JSON. */
static void
say_value(const char *name, const json_t *v)
{
	char *text = json_is_string(v)
	    ? xstrdup(json_string_value(v))
	    : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	/* Nothing from a server may steer the terminal. */
	text_make_plain(text, strlen(text), false);
	printf("%-22s%s: %s\n", "", name, text);
	free(text);
}

/*
 *	2026-11-24T02:03:04Z  TRE-2026-000001  certified -> suspended
 *	                      by decider-1, recorded 2026-11-25T00:00:00Z
 */
static void
say_entry(const json_t *e, bool news)
{
	const char *from = cli_text(e, "from"), *by = cli_text(e, "by");
	const char *effective = cli_text(e, "effective");
	const char *recorded = cli_text(e, "recorded"), *name;
	bool late = strcmp(effective, recorded) != 0;
	json_t *v;

	printf("%s  %s  %s%s%s\n", effective, cli_text(e, "subject"), from,
	    *from != '\0' ? " -> " : "", cli_text(e, "to"));
	if (*by != '\0' || late)
		printf("%-22s%s%s%s%s%s\n", "", *by != '\0' ? "by " : "", by,
		    *by != '\0' && late ? ", " : "", late ? "recorded " : "",
		    late ? recorded : "");
	if (!news)
		return;
	json_object_foreach(json_object_get(e, "changed"), name, v)
	{
		say_value(name, v);
	}
}

static int
say_answer(struct cli *cli, json_t *answer)
{
	json_t *held = json_object_get(answer, "held"), *e;
	size_t i;
	int rc = CLI_OK;

	printf("%s %s, as of %s by what was known at %s\n\n",
	    cli_text(answer, "entity"), cli_text(answer, "subject"),
	    cli_text(answer, "as_of"), cli_text(answer, "known_at"));
	if (json_is_object(held))
		rc = cli_show_parts(cli, json_incref(held));
	else
		printf("was not there\n");
	printf("\nhistory:\n");
	json_array_foreach(json_object_get(answer, "entries"), i, e)
	{
		/* a first entry is the whole row */
		say_entry(e, *cli_text(e, "from") != '\0');
	}
	json_decref(answer);
	return rc;
}

/* What was signed, into a file: `assay receipt verify` proves it. */
static int
save(struct cli *cli, json_t *bundle)
{
	const char *file = cli_option(cli, "out");
	char *text = json_dumps(bundle, JSON_INDENT(1));
	int rc = out_write(file, 0644, span_str(text));

	if (rc == 0 && !cli->quiet && !out_is_open(file))
		printf("%s: signed; assay receipt verify %s\n", file, file);
	free(text);
	json_decref(bundle);
	return rc;
}

static int
history(struct cli *cli)
{
	const char *as_of = cli_option(cli, "as-of");
	const char *known_at = cli_option(cli, "known-at");
	json_t *answer;

	answer = cli_get(cli, "/v1/%s/%s%s%s%s%s",
	    cli_option(cli, "out") != NULL ? "standing" : "history",
	    cli_escape(cli_arg(cli, 0)), as_of != NULL ? "?as_of=" : "",
	    as_of != NULL ? cli_escape(as_of) : "",
	    known_at == NULL	? ""
		: as_of != NULL ? "&known_at="
				: "?known_at=",
	    known_at != NULL ? cli_escape(known_at) : "");
	if (answer != NULL && cli_option(cli, "out") != NULL)
		return save(cli, answer);
	if (answer == NULL || cli->json || cli->quiet)
		return cli_show(cli, answer, NULL);
	return say_answer(cli, answer);
}

static const struct cli_option history_options[] = {
	{ "as-of", "TIME", "what held then (else now)", false, false },
	{ "out", "FILE", "have it signed, with all that proves it", false,
	    false },
	{ "known-at", "TIME", "by what we knew then (else by all we know)",
	    false, false },
	CLI_OPTION_END,
};

const struct cli_command history_commands[] = {
	{ "history", NULL, "SUBJECT",
	    "what held of a subject at any time, and all that befell it",
	    history_options, history,
	    "SUBJECT is a handle, a number, SITE/SCOPE, a device's id or a\n"
	    "certificate's serial number; with its kind before it where "
	    "several\n"
	    "have the name (model:x, tre:x).  TIME is a time in UTC or a "
	    "date,\n"
	    "which is its first second.  What took effect before it was "
	    "recorded\n"
	    "makes the two differ: --as-of T says what held at T, as we know "
	    "now;\n"
	    "with --known-at T, what anybody could have told at T.\n"
	    "  assay history tresor-m2 --as-of 2026-11-24 --as reader\n"
	    "  assay history tre:TRE-1 --as-of 2026-11-24T02:03:04Z \\\n"
	    "      --known-at 2026-11-24T02:03:04Z --as mobilfunk-hlr" },
	CLI_END,
};
