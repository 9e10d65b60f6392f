/*
 * assay decide --pairs: many devices, one question each, over one connection.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/decide_inside.h"
#include "api/cli/decide_proof.h"
#include "api/cli/lines.h"
#include "base/err.h"
#include "registry/consent.h"

#define PAIRS_MOST (64 * 1024 * 1024)

struct pair {
	char tre[64], terminal[64], consent[CONSENT_MAX + 1];
};

struct many {
	json_t *counts; /* of each verdict, or verdict and first reason */
	long asked, permitted;
	struct decide_proof proof;
};

static void
count_answer(struct many *m, const json_t *answer)
{
	const char *verdict =
	    json_string_value(json_object_get(answer, "verdict"));
	const char *first = json_string_value(
	    json_array_get(json_object_get(answer, "reasons"), 0));
	char *name = xasprintf("%s%s%s", verdict != NULL ? verdict : "?",
	    first != NULL ? " " : "", first != NULL ? first : "");
	json_int_t n = json_integer_value(json_object_get(m->counts, name));

	(void)json_object_set_new(m->counts, name, json_integer(n + 1));
	m->asked++;
	m->permitted += decide_permits(answer);
	free(name);
}

/* One line of JSON, without the receipt. */
static void
print_line(json_t *answer, const char *tre, const char *terminal)
{
	(void)json_object_del(answer, "receipt");
	(void)json_object_set_new(answer, "tre", json_string(tre));
	(void)json_object_set_new(answer, "terminal", json_string(terminal));
	(void)json_dumpf(answer, stdout, JSON_COMPACT);
	printf("\n");
}

static int
decide_pair(struct cli *cli, const struct question *asked,
    const struct pair *pair, struct many *m)
{
	struct question copy = *asked, *q = &copy;
	struct player terminal = { .nchain = 0 }, tre = { .nchain = 0 };
	struct question_sent sent = { .body = NULL };
	json_t *answer = NULL;
	int rc = -1;

	if (decide_open_players(
		cli, q, pair->terminal, pair->tre, &terminal, &tre) == -1)
		goto out;
	q->terminal = &terminal;
	q->tre = decide_wants_tre(q) ? &tre : NULL;
	if (pair->consent[0] != '\0')
		q->consent = pair->consent;
	if ((answer = question_ask(cli, q, &sent)) == NULL ||
	    decide_proof_check(cli, &m->proof, q, &sent, answer, NULL) == -1)
		goto out;
	count_answer(m, answer);
	if (cli->json)
		print_line(answer, tre.id, terminal.id);
	rc = 0;
out:
	json_decref(answer);
	question_sent_free(&sent);
	player_free(&terminal);
	player_free(&tre);
	return rc;
}

/* "TRE TERMINAL" a line, or "TRE TERMINAL CONSENT". */
static int
read_pair(const char *line, struct pair *p)
{
	int end = 0, n;

	p->consent[0] = '\0';
	n = sscanf(line, "%63s %63s %n%4096s %n", p->tre, p->terminal, &end,
	    p->consent, &end);
	return n >= 2 && line[end] == '\0'
	    ? 0
	    : err_set(ERR_INPUT,
		  "a line of the pairs is not \"TRE TERMINAL\": %.200s", line);
}

static int
decide_lines(
    struct cli *cli, const struct question *q, char *lines, struct many *m)
{
	struct cli_progress *bar =
	    cli_progress_begin(cli, "deciding", (double)strlen(lines));
	char *line, *next = lines;
	struct pair pair;
	int rc = 0;

	while (rc == 0 && (line = strsep(&next, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		if ((rc = read_pair(line, &pair)) == 0)
			rc = decide_pair(cli, q, &pair, m);
		cli_progress_set(bar, (double)(line - lines));
	}
	cli_progress_end(bar);
	return rc;
}

int
decide_pairs(struct cli *cli, const struct question *q)
{
	struct many m = { .counts = json_object() };
	struct buf file = BUF_EMPTY;
	int rc = -1;

	if (decide_proof_open(cli, &m.proof) == 0 &&
	    lines_read(cli_option(cli, "pairs"), PAIRS_MOST, &file) == 0) {
		rc = decide_lines(cli, q, (char *)file.p, &m);
		if (rc == 0 && m.asked == 0)
			rc = err_set(
			    ERR_INPUT, "there are no pairs in that file");
	}
	if (rc == 0) {
		rc = m.permitted == m.asked ? CLI_OK : CLI_REFUSED;
		if (!cli->json)
			(void)cli_show(cli, json_incref(m.counts), NULL);
	}
	decide_proof_close(&m.proof);
	json_decref(m.counts);
	buf_free(&file);
	return rc;
}
