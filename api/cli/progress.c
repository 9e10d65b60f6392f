/*
 * A progress bar: on a terminal only, and only for what takes long.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/cli/cli.h"
#include "base/clock.h"

#define BAR_WIDTH 30

struct cli_progress {
	const char *what;
	double total;
	int64_t began, drawn;
	bool shown, on;
};

struct cli_progress *
cli_progress_begin(const struct cli *cli, const char *what, double total)
{
	struct cli_progress *p = xcalloc(1, sizeof(*p));

	p->what = what;
	p->total = total;
	p->began = clock_ms();
	p->on = !cli->quiet && isatty(STDERR_FILENO);
	return p;
}

void
cli_progress_set(struct cli_progress *p, double done)
{
	char bar[BAR_WIDTH + 1];
	int64_t now = clock_ms();
	int full;

	if (!p->on || now - p->began < 1000 || now - p->drawn < 100)
		return;
	p->drawn = now;
	p->shown = true;
	if (p->total <= 0) {
		fprintf(stderr, "\r%s: %.0f ", p->what, done);
		return;
	}
	full = (int)(done / p->total * BAR_WIDTH);
	full = full < 0 ? 0 : full > BAR_WIDTH ? BAR_WIDTH : full;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)full);
	bar[BAR_WIDTH] = '\0';
	fprintf(
	    stderr, "\r%s [%s] %3.0f %% ", p->what, bar, done / p->total * 100);
}

void
cli_progress_end(struct cli_progress *p)
{
	if (p == NULL)
		return;
	if (p->shown)
		fprintf(stderr, "\r\033[K");
	free(p);
}
