/*
 * assay notice: what an organisation must hear of.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/cli/cli.h"
#include "base/err.h"

#define LOOK_MS 1000
#define MOST	999999999999L

/* GET /v1/notices with these; below 0, NULL: not said. */
static json_t *
get(struct cli *cli, long after, long before)
{
	const char *topic = cli_option(cli, "topic");
	struct buf path = BUF_EMPTY;
	json_t *v;

	buf_puts(&path, "/v1/notices?");
	if (after >= 0)
		buf_printf(&path, "after=%ld&", after);
	if (before >= 0)
		buf_printf(&path, "before=%ld&", before);
	if (topic != NULL)
		buf_printf(&path, "topic=%s&", cli_escape(topic));
	path.n--; /* the last ? or & */
	v = cli_get(cli, "%s", buf_str(&path));
	buf_free(&path);
	return v;
}

static int
list(struct cli *cli)
{
	long after, before;

	if (cli_option_int(cli, "after", 0, MOST, -1, &after) == -1 ||
	    cli_option_int(cli, "before", 0, MOST, -1, &before) == -1)
		return -1;
	return cli_show(
	    cli, get(cli, after, before), "id,created,topic,subject,detail");
}

/* One line; nothing from a server may steer the terminal: JSON escapes it. */
static void
tell(struct cli *cli, json_t *notice)
{
	char *detail =
	    json_dumps(cli->json ? notice : json_object_get(notice, "detail"),
		JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (cli->json)
		printf("%s\n", detail);
	else
		printf("%lld  %s  %s  %s  %s\n",
		    (long long)json_integer_value(
			json_object_get(notice, "id")),
		    cli_text(notice, "created"), cli_text(notice, "topic"),
		    cli_text(notice, "subject"), detail);
	free(detail);
}

/* Tell those after *last; how many that were, or -1. */
static int
follow(struct cli *cli, long *last)
{
	json_t *v = get(cli, *last, -1), *list, *notice;
	size_t i;
	int n;

	if (v == NULL)
		return -1;
	list = json_object_get(v, "notices");
	json_array_foreach(list, i, notice)
	{
		tell(cli, notice);
		*last = (long)json_integer_value(json_object_get(notice, "id"));
	}
	(void)fflush(stdout);
	n = (int)json_array_size(list);
	json_decref(v);
	return n;
}

/* The newest there is, of whatever topic. */
static int
find_last(struct cli *cli, long *last)
{
	json_t *v = cli_get(cli, "/v1/notices"), *newest;

	if (v == NULL)
		return -1;
	newest = json_array_get(json_object_get(v, "notices"), 0);
	*last = (long)json_integer_value(json_object_get(newest, "id"));
	json_decref(v);
	return 0;
}

/* Until somebody ends it; a server that is away is waited for. */
static int
watch(struct cli *cli)
{
	const struct timespec pause = { LOOK_MS / 1000, 0 };
	bool away = false;
	long last;
	int n;

	if (cli_option_int(cli, "after", 0, MOST, -1, &last) == -1 ||
	    (last == -1 && find_last(cli, &last) == -1))
		return -1;
	for (;;) {
		if ((n = follow(cli, &last)) == -1) {
			if (err_kind() != ERR_BUSY)
				return -1;
			if (!away)
				fprintf(
				    stderr, "assay: waiting: %s\n", cli_why());
		}
		away = n == -1;
		if (n < 100)
			(void)nanosleep(&pause, NULL);
	}
}

#define TOPIC                                                                  \
	{                                                                      \
		"topic", "TOPIC",                                              \
		    "only measure.in_force, or measure for all that begin so", \
		    false, false                                               \
	}

static const struct cli_option list_options_[] = {
	{ "after", "N", "those after this number, oldest first", false, false },
	{ "before", "N", "the newest before this number", false, false },
	TOPIC,
	CLI_OPTION_END,
};

static const struct cli_option watch_options[] = {
	{ "after", "N", "begin after this number, not now", false, false },
	TOPIC,
	CLI_OPTION_END,
};

const struct cli_command notice_commands[] = {
	{ "notice", "list", NULL,
	    "what your organisation must hear of, newest first", list_options_,
	    list,
	    "100 at a time.  Numbers count on without a gap.\n"
	    "  assay notice list --topic finding --as tresor-pki" },
	{ "notice", "watch", NULL, "follow it, a line a notice, until Ctrl-C",
	    watch_options, watch,
	    "Whoever was away goes on with --after and the last number that "
	    "it has.\n"
	    "  assay notice watch --after 41 --json --as tresor-pki" },
	{ "watch", NULL, NULL,
	    "what becomes of what you were told, a line a notice, until "
	    "Ctrl-C",
	    watch_options, watch,
	    "The same as assay notice watch.  An operator hears of all that "
	    "changes with\ndevices that it has let subscriptions go to.\n"
	    "  assay watch --as mobilfunk-hlr" },
	CLI_END,
};
