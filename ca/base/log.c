/*
 * Log lines: whoever started us keeps standard error.
 */

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

static const char *name = "assay";
static enum log_level least_level = LOG_NOTE;

void
log_open(const char *program, enum log_level least)
{
	name = program;
	least_level = least;
	(void)setvbuf(stderr, NULL, _IOLBF, 0);
}

void
log_write(enum log_level level, const char *fmt, ...)
{
	static const char *const word[] = { "detail", "note", "warning",
		"ALARM" };
	char line[1024], when[32];
	struct timespec ts;
	struct tm tm;
	va_list ap;

	if (level < least_level)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	(void)gmtime_r(&ts.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* one event, one line, whatever others had said that is told here */
	text_make_plain(line, strlen(line), false);
	fprintf(stderr, "%s.%03ldZ %s %s: %s\n", when, ts.tv_nsec / 1000000,
	    name, word[level], line);
}

void
log_err(const char *what)
{
	log_write(LOG_WARN, "could not %s: %s", what, err_text());
}
