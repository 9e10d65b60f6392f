/*
 * The bodies of questions, signed beforehand by both keys of a device each.
 *	decide VAR OPERATOR PAIRS <challenges >bodies
 * A line of the input is the answer to a request for a challenge, which may
 *name another operator; the devices TRE-1 and TERM-1 to PAIRS, of VAR/devices,
 *take turns.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/cli/question.h"
#include "base/clock.h"
#include "base/err.h"
#include "key/uuid.h"

struct pair {
	struct player tre, terminal;
};

static void
open_pair(const struct cli *cli, int n, struct pair *p)
{
	char id[64];

	(void)snprintf(id, sizeof(id), "TRE-%d", n);
	if (player_open(cli, id, NULL, NULL, &p->tre) == -1)
		errx(1, "%s", err_text());
	(void)snprintf(id, sizeof(id), "TERM-%d", n);
	if (player_open(cli, id, NULL, NULL, &p->terminal) == -1)
		errx(1, "%s", err_text());
}

static void
put_question(const char *operator, const struct pair * p, const char *challenge)
{
	struct question q = {
		.operator= operator,
		.purpose = "initial_download",
		.mode = "tre_and_platform",
		.validation = "semi_autonomous",
		.firmware = "1.2.3",
		.tac = "35123456",
		.nonce = "9f86d081884c7d65",
		.tre = &p->tre,
		.terminal = &p->terminal,
	};
	char id[37], now[CLOCK_TEXT_MAX];
	json_t *body;

	uuid_make(id);
	body = question_build(&q, challenge, id, clock_write(clock_now(), now));
	if (body == NULL || json_dumpf(body, stdout, JSON_COMPACT) == -1)
		errx(1, "%s", err_text());
	(void)putchar('\n');
	json_decref(body);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .as = "" };
	struct pair *pairs;
	char *line = NULL;
	size_t size = 0;
	const char *other;
	json_t *answer;
	int i, n;

	if (argc != 4 || (n = atoi(argv[3])) < 1)
		errx(2, "decide VAR OPERATOR PAIRS <challenges >bodies");
	cli.var = argv[1];
	pairs = calloc((size_t)n, sizeof(*pairs));
	for (i = 0; i < n; i++)
		open_pair(&cli, i + 1, &pairs[i]);
	for (i = 0; getline(&line, &size, stdin) > 0; i++) {
		if ((answer = json_loads(line, 0, NULL)) == NULL)
			errx(1, "no challenge: %s", line);
		other = json_string_value(json_object_get(answer, "operator"));
		put_question(other != NULL ? other : argv[2], &pairs[i % n],
		    json_string_value(json_object_get(answer, "challenge")));
		json_decref(answer);
	}
	for (i = 0; i < n; i++) {
		player_free(&pairs[i].tre);
		player_free(&pairs[i].terminal);
	}
	free(pairs);
	free(line);
	return 0;
}
