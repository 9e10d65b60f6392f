/*
 * Octets, borrowed (span) and owned (buf).
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct span
span_str(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap != 0 ? b->cap : 64;

	if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
		errx(1, "out of memory");
	while (cap < b->n + n)
		cap *= 2;
	if (b->p == NULL || cap != b->cap) {
		b->p = xrealloc(b->p, cap + 1);
		b->cap = cap;
	}
	return b->p + b->n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(n <= b->cap - b->n ? b->p + b->n : buf_reserve(b, n), p, n);
	b->n += n;
}

void
buf_put_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	if (b->n == b->cap)
		(void)buf_reserve(b, 1);
	b->p[b->n++] = (uint8_t)c;
}

void
buf_put_be(struct buf *b, uint64_t x, int n)
{
	while (n-- > 0)
		buf_putc(b, (char)(x >> (8 * n)));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room = b->cap - b->n;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	/* mostly there is room for it */
	n = vsnprintf(room > 0 ? (char *)b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		b->n += (size_t)n;
	else if (n > 0) {
		(void)vsnprintf((char *)buf_reserve(b, (size_t)n + 1),
		    (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

const char *
buf_str(struct buf *b)
{
	if (b->p == NULL)
		(void)buf_reserve(b, 1);
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = BUF_EMPTY;
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap + 1);
	buf_free(b);
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	if (p == NULL)
		errx(1, "out of memory");
	return p;
}

void *
xrealloc(void *old, size_t n)
{
	void *p = realloc(old, n != 0 ? n : 1);

	if (p == NULL)
		errx(1, "out of memory");
	return p;
}

char *
xstrdup(const char *s)
{
	return xasprintf("%s", s);
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		errx(1, "out of memory");
	va_end(ap);
	return s;
}
