/*
 * assay declaration: a supplier's signed answers to every rule.
 */

#include <stdio.h>
#include <string.h>

#include "api/cli/body.h"
#include "api/cli/cli.h"
#include "api/cli/detail.h"
#include "api/cli/list.h"
#include "api/cli/signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "registry/declaration.h"

#define ANSWERS_MOST (1024 * 1024)
#define DAYS_DEFAULT 364

/* What a rule is, beside the place for its answer. */
static json_t *
blank_answer(json_t *rule)
{
	json_t *a = json_pack("{s:s, s:s}", "answer", "", "statement", "");

	json_object_set(a, "title", json_object_get(rule, "title"));
	json_object_set(a, "rule", json_object_get(rule, "text"));
	json_object_set(a, "levels", json_object_get(rule, "levels"));
	json_object_set(
	    a, "evidence_expected", json_object_get(rule, "evidence"));
	if (json_object_get(rule, "not_applicable_when") != NULL)
		json_object_set(a, "not_applicable_when",
		    json_object_get(rule, "not_applicable_when"));
	return a;
}

static json_t *
blank_answers(json_t *set)
{
	json_t *answers = json_object(), *group, *rule;
	size_t i, j;

	json_array_foreach(json_object_get(set, "groups"), i, group)
	{
		json_array_foreach(json_object_get(group, "rules"), j, rule)
		{
			json_object_set_new(answers,
			    json_string_value(json_object_get(rule, "id")),
			    blank_answer(rule));
		}
	}
	return answers;
}

static int template(struct cli *cli)
{
	const char *model = cli_option(cli, "model");
	char until[CLOCK_TEXT_MAX];
	json_t *set, *o;

	set = cli_get(cli, "/v1/models/%s/ruleset", cli_escape(model));
	if (set == NULL)
		return -1;
	o = json_pack("{s:s, s:O, s:O, s:s, s:o}", "model", model, "ruleset",
	    json_object_get(set, "ruleset"), "version",
	    json_object_get(set, "version"), "valid_until",
	    clock_write(clock_now() + DAYS_DEFAULT * 86400, until), "answers",
	    blank_answers(set));
	json_decref(set);
	if (o == NULL)
		return err_set(ERR_INTERNAL, "the rule set makes no sense");
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(o);
	return CLI_OK;
}

/* Only what is declared: without the texts that the template put there. */
static json_t *
plain_answers(json_t *answers)
{
	static const char *const keep[] = { "answer", "statement", "evidence" };
	json_t *plain = json_object(), *a, *one, *v;
	const char *rule;
	size_t i;

	json_object_foreach(answers, rule, a)
	{
		one = json_object();
		for (i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
			if ((v = json_object_get(a, keep[i])) != NULL)
				json_object_set(one, keep[i], v);
		}
		json_object_set_new(plain, rule, one);
	}
	return plain;
}

/* The file as the payload that is signed; NULL with err_set(). */
static json_t *
read_answers(const char *path, const char *model)
{
	struct buf text = BUF_EMPTY;
	json_t *file = NULL, *payload = NULL;
	const char *said;

	if (io_read_file(path, ANSWERS_MOST, &text) == -1)
		goto out;
	file = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	said = json_string_value(json_object_get(file, "model"));
	if (said == NULL || strcmp(said, model) != 0) {
		err_set(ERR_INPUT,
		    "%s holds no answers for %s: fill in what assay "
		    "declaration template prints",
		    path, model);
		goto out;
	}
	payload = json_pack("{s:s, s:O, s:O, s:O, s:o}", "model", model,
	    "ruleset", json_object_get(file, "ruleset"), "version",
	    json_object_get(file, "version"), "valid_until",
	    json_object_get(file, "valid_until"), "answers",
	    plain_answers(json_object_get(file, "answers")));
	if (payload == NULL)
		err_set(ERR_INPUT,
		    "%s lacks ruleset, version, valid_until or answers", path);
out:
	json_decref(file);
	buf_free(&text);
	return payload;
}

static int
submit(struct cli *cli)
{
	struct buf jws = BUF_EMPTY;
	struct signer signer = { .key = NULL };
	json_t *payload, *body;
	int rc = -1;

	payload =
	    read_answers(cli_option(cli, "answers"), cli_option(cli, "model"));
	if (payload == NULL || signer_open(cli, &signer) == -1)
		goto out;
	if (declaration_build(payload, signer.key,
		buf_span(&signer.certificate), clock_now(), &jws) == -1)
		goto out;
	body = json_pack("{s:s}", "declaration", buf_str(&jws));
	rc = cli_show_parts(cli, cli_post(cli, body, "/v1/declarations"));
out:
	json_decref(payload);
	signer_free(&signer);
	buf_free(&jws);
	return rc;
}

static int
list(struct cli *cli)
{
	return list_show(cli, "/v1/declarations",
	    "number,model,organisation,ruleset,version,level,state,expires");
}

/* Answers as a table: one line a rule. */
static json_t *
answer_rows(json_t *answers)
{
	json_t *rows = json_array(), *a;
	const char *rule;

	json_object_foreach(answers, rule, a)
	{
		json_array_append_new(rows,
		    json_pack("{s:s, s:O, s:O}", "rule", rule, "answer",
			json_object_get(a, "answer"), "statement",
			json_object_get(a, "statement")));
	}
	return rows;
}

static int
show(struct cli *cli)
{
	json_t *d, *answers;

	d = cli_get(cli, "/v1/declarations/%s", cli_escape(cli_arg(cli, 0)));
	if (d != NULL && !cli->json) {
		answers = answer_rows(json_object_get(d, "answers"));
		json_object_set_new(d, "answers", answers);
		json_object_del(d, "jws");
	}
	return cli_show_parts(cli, d);
}

/* What the options say, to the declaration that is named. */
static json_t *
post(struct cli *cli, json_t *body)
{
	return cli_post(cli, body, "/v1/declarations/%s/%s",
	    cli_escape(cli_arg(cli, 0)), cli->command->verb);
}

static int
act(struct cli *cli)
{
	return cli_show_parts(cli, post(cli, NULL));
}

static int
challenge(struct cli *cli)
{
	json_t *body = json_object();

	body_put_all(body, cli, "rules", "rule");
	body_put(body, cli, "ground", "ground");
	body_put_all(body, cli, "evidence", "evidence");
	return cli_show_parts(cli, post(cli, body));
}

static int
answer(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "answer", "text");
	body_put_all(body, cli, "evidence", "evidence");
	return cli_show_parts(cli, post(cli, body));
}

static int
settle(struct cli *cli)
{
	json_t *body = json_object();

	body_put(body, cli, "reason", "reason");
	if (cli_switch(cli, "freeze"))
		json_object_set_new(body, "freeze", json_true());
	return cli_show_proposed(cli, post(cli, body), cli_arg(cli, 0));
}

static const struct cli_option challenge_options[] = {
	{ "rule", "ID", "that is not met", true, true },
	{ "ground", "TEXT", "why, up to 2000 characters", true, false },
	{ "evidence", "SHA256", "of an uploaded file", false, true },
	CLI_OPTION_END,
};

static const struct cli_option answer_options[] = {
	{ "text", "TEXT", "the answer, up to 4000 characters", true, false },
	{ "evidence", "SHA256", "of an uploaded file", false, true },
	CLI_OPTION_END,
};

static const struct cli_option uphold_options[] = {
	{ "reason", "TEXT", "why", true, false },
	CLI_OPTION_END,
};

static const struct cli_option refute_options[] = {
	{ "reason", "TEXT", "why", true, false },
	{ "freeze", NULL, "a download freeze is to arise too", false, false },
	CLI_OPTION_END,
};

static const struct cli_option template_options[] = {
	{ "model", "HANDLE", "to declare for", true, false },
	CLI_OPTION_END,
};

static const struct cli_option submit_options[] = {
	{ "model", "HANDLE", "to declare for", true, false },
	{ "answers", "FILE", "the template, filled in", true, false },
	CLI_OPTION_END,
};

static const struct cli_option search_options[] = {
	LIST_STATE,
	{ "model", "HANDLE", "only those of this model", false, false },
	LIST_ORGANISATION,
	LIST_PAGES,
};

const struct cli_command declaration_commands[] = {
	{ "declaration", "template", NULL, "print the rules to be answered",
	    template_options, template,
	    "Fill in \"answer\" (yes, no or not_applicable) and \"statement\" "
	    "of each\n"
	    "rule, maybe \"evidence\" ([SHA-256 in hex] of uploaded files), "
	    "and\n"
	    "\"valid_until\", at most twelve months from now.\n"
	    "  assay declaration template --model tre-1 --as tresor-pki "
	    ">answers.json" },
	{ "declaration", "submit", NULL, "sign the answers and submit them",
	    submit_options, submit,
	    "An officer accepts them: assay declaration accept NUMBER.\n"
	    "  assay declaration submit --model tre-1 --answers answers.json "
	    "--as tresor-pki" },
	{ "declaration", "list", NULL, "list declarations", search_options,
	    list, "  assay declaration list --as officer-1" },
	{ "declaration", "show", "NUMBER", "a declaration with every answer",
	    NULL, show,
	    "  assay declaration show DCL-2026-000001 --as officer-1" },
	{ "declaration", "accept", "NUMBER", "put a declaration in force", NULL,
	    act, "  assay declaration accept DCL-2026-000001 --as officer-1" },
	{ "declaration", "withdraw", "NUMBER", "withdraw a declaration", NULL,
	    act,
	    "A CoC that rests on it is suspended.\n"
	    "  assay declaration withdraw DCL-2026-000001 --as tresor-pki" },
	{ "declaration", "challenge", "NUMBER", "doubt a declaration in force",
	    challenge_options, challenge,
	    "Downloads to devices of the model stop at once.  Its supplier has "
	    "30 days\n"
	    "to answer; then two deciders uphold or refute it.\n"
	    "  assay declaration challenge DCL-2026-000001 --rule SB-3 \\\n"
	    "      --ground \"an older version starts\" --as security-1" },
	{ "declaration", "answer", "NUMBER", "answer a challenge",
	    answer_options, answer,
	    "  assay declaration answer DCL-2026-000001 --text \"mended in "
	    "1.0.1\" \\\n"
	    "      --as tresor-pki" },
	{ "declaration", "uphold", "NUMBER", "propose that it holds",
	    uphold_options, settle,
	    "In force again.  Another decider approves, neither of them who "
	    "doubted.\n"
	    "  assay declaration uphold DCL-2026-000001 --reason \"shown\" "
	    "--as "
	    "decider-1" },
	{ "declaration", "refute", "NUMBER", "propose that it is false",
	    refute_options, settle,
	    "A corrective action is proposed by itself, and the CoC is "
	    "suspended.\n"
	    "A download freeze is proposed too with --freeze, and always at "
	    "level 3 or more.\n"
	    "  assay declaration refute DCL-2026-000001 --reason \"not so\" "
	    "--as "
	    "decider-1" },
	CLI_END,
};
