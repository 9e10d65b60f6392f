/*
 * Looking on while a lot is worked off.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/lot_watch.h"
#include "base/clock.h"
#include "base/err.h"

#define BAR_WIDTH 24
#define SMOOTH	  0.2 /* how much the latest rate counts */

json_t *
lot_get(struct cli *cli, const char *number)
{
	return cli_get(cli, "/v1/lots/%s", cli_escape(number));
}

static bool
is_over(const json_t *lot)
{
	return strcmp(cli_text(lot, "state"), "issued") == 0 ||
	    strcmp(cli_text(lot, "state"), "rejected") == 0;
}

json_t *
lot_follow(struct cli *cli, const char *number, long seconds,
    void (*seen)(void *ctx, const json_t *lot), void *ctx)
{
	int64_t end = clock_ms() + seconds * 1000;
	long pause_us = 50000;
	json_t *lot;

	for (;;) {
		if ((lot = lot_get(cli, number)) == NULL)
			return NULL;
		if (seen != NULL)
			seen(ctx, lot);
		if (is_over(lot))
			return lot;
		if (seconds != 0 && clock_ms() > end)
			break;
		json_decref(lot);
		(void)usleep((useconds_t)pause_us);
		pause_us = pause_us < 500000 ? pause_us * 5 / 4 : pause_us;
	}
	(void)err_set(ERR_BUSY, "%s is still %s after %ld s", number,
	    cli_text(lot, "state"), seconds);
	json_decref(lot);
	return NULL;
}

/* ---- watching */

struct watch {
	bool terminal, json;
	char last[160]; /* the line printed last */
	int64_t at;	/* when it was asked last, and what was done by then */
	double done;
	double rate; /* rows a second, checked or issued */
};

static double
number_of(const json_t *o, const char *name)
{
	return (double)json_integer_value(json_object_get(o, name));
}

/* Each row is checked, and then issued or refused: two pieces of work. */
static double
work_done(const json_t *lot)
{
	double checked = number_of(lot, "checked");
	double ended = number_of(lot, "issued") + number_of(lot, "refused");

	return checked + (ended < checked ? ended : checked);
}

static void
learn_rate(struct watch *w, const json_t *lot)
{
	double done = work_done(lot), rate;
	int64_t now = clock_ms();

	if (w->at != 0 && now > w->at) {
		rate = (done - w->done) * 1000 / (double)(now - w->at);
		w->rate = w->rate == 0 ? rate
				       : w->rate * (1 - SMOOTH) + rate * SMOOTH;
	}
	w->at = now;
	w->done = done;
}

static void
put_time_left(char *out, size_t size, double seconds)
{
	long s = (long)(seconds + 0.5);

	if (s < 100)
		(void)snprintf(out, size, "%ld s left", s);
	else if (s < 100 * 60)
		(void)snprintf(out, size, "%ld min left", (s + 30) / 60);
	else
		(void)snprintf(out, size, "%ld h left", (s + 1800) / 3600);
}

/* One line that is drawn over: the state, a bar, the rate, the time left. */
static void
draw(const struct watch *w, const json_t *lot)
{
	double total = 2 * number_of(lot, "count"), part;
	char bar[BAR_WIDTH + 1], left[32] = "";

	part = total > 0 ? w->done / total : 0;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)(part * BAR_WIDTH));
	bar[BAR_WIDTH] = '\0';
	if (w->rate >= 1)
		put_time_left(left, sizeof(left), (total - w->done) / w->rate);
	printf("\r%s %s [%s] %.0f %%, %.0f rows/s, %s\033[K",
	    cli_text(lot, "number"), cli_text(lot, "state"), bar, part * 100,
	    w->rate, left);
	(void)fflush(stdout);
}

static void
put_line(char *out, size_t size, bool json, const json_t *lot)
{
	const char *number = cli_text(lot, "number");
	const char *state = cli_text(lot, "state");
	double checked = number_of(lot, "checked");
	double count = number_of(lot, "count");
	double issued = number_of(lot, "issued");
	double refused = number_of(lot, "refused");

	if (json)
		(void)snprintf(out, size,
		    "{\"number\":\"%s\",\"state\":\"%s\",\"checked\":%.0f,"
		    "\"count\":%.0f,\"issued\":%.0f,\"refused\":%.0f}",
		    number, state, checked, count, issued, refused);
	else
		(void)snprintf(out, size,
		    "%s %s: %.0f of %.0f checked, %.0f issued, %.0f refused",
		    number, state, checked, count, issued, refused);
}

static void
watch_seen(void *ctx, const json_t *lot)
{
	struct watch *w = ctx;
	char line[sizeof(w->last)];

	learn_rate(w, lot);
	if (w->terminal) {
		draw(w, lot);
		return;
	}
	put_line(line, sizeof(line), w->json, lot);
	if (strcmp(line, w->last) == 0)
		return;
	memcpy(w->last, line, sizeof(line));
	printf("%s\n", line);
	(void)fflush(stdout);
}

json_t *
lot_watch(struct cli *cli, const char *number, long seconds)
{
	struct watch w = { .terminal = isatty(STDOUT_FILENO) && !cli->json,
		.json = cli->json };
	json_t *lot = lot_follow(cli, number, seconds, watch_seen, &w);

	if (w.terminal)
		printf("\r\033[K");
	return lot;
}
