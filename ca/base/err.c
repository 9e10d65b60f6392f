/*
 * The thread's last failure, as told by err_set().
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static _Thread_local enum err_kind last_kind = ERR_NONE;
static _Thread_local char last_code[48];
static _Thread_local char last_text[512];
static _Thread_local int last_retry;

/*
 * The text is made aside first: an argument may be err_text() itself, as in
 * "could not read X: %s".
 */
static int
record(enum err_kind kind, const char *code, const char *fmt, va_list ap)
{
	char text[sizeof(last_text)], aside[sizeof(last_code)];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)snprintf(aside, sizeof(aside), "%s", code);
	last_kind = kind;
	last_retry = 0;
	memcpy(last_text, text, strlen(text) + 1);
	memcpy(last_code, aside, strlen(aside) + 1);
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
	return last_kind;
}

const char *
err_code(void)
{
	return last_code;
}

const char *
err_text(void)
{
	return last_text;
}

void
err_set_retry(int seconds)
{
	last_retry = seconds;
}

int
err_retry(void)
{
	return last_retry;
}
