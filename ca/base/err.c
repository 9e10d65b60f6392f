/*
 * The thread's last failure, as told by err_set().
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static _Thread_local struct err last;

/*
 * The text is made aside first: an argument may be err_text() itself, as in
 * "could not read X: %s".
 */
static int
record(enum err_kind kind, const char *code, const char *fmt, va_list ap)
{
	char text[sizeof(last.text)], aside[sizeof(last.code)];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)snprintf(aside, sizeof(aside), "%s", code);
	last.kind = kind;
	last.retry = 0;
	memcpy(last.text, text, strlen(text) + 1);
	memcpy(last.code, aside, strlen(aside) + 1);
	return -1;
}

int
err_set(enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)record(kind, "", fmt, ap);
	va_end(ap);
	return -1;
}

int
err_set_code(enum err_kind kind, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)record(kind, code, fmt, ap);
	va_end(ap);
	return -1;
}

enum err_kind
err_kind(void)
{
	return last.kind;
}

const char *
err_code(void)
{
	return last.code;
}

const char *
err_text(void)
{
	return last.text;
}

void
err_set_retry(int seconds)
{
	last.retry = seconds;
}

int
err_retry(void)
{
	return last.retry;
}

void
err_keep(struct err *e)
{
	*e = last;
}

int
err_again(const struct err *e)
{
	last = *e;
	return -1;
}

void
err_forget(void)
{
	last = (struct err){ .kind = ERR_NONE };
}
