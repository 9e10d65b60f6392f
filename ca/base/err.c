/*
 * The process's last failure, as told by err_set().
 */

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

static enum err_kind last_kind = ERR_NONE;
static char last_text[512];

int
err_set(enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	last_kind = kind;
	va_start(ap, fmt);
	(void)vsnprintf(last_text, sizeof(last_text), fmt, ap);
	va_end(ap);
	return -1;
}

enum err_kind
err_kind(void)
{
	return last_kind;
}

const char *
err_text(void)
{
	return last_text;
}
