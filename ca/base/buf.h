#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * span borrows octets, buf owns them.  Out of memory ends the process: a
 * caller never has to ask whether an append succeeded.
 */

struct span {
	const uint8_t *p;
	size_t n;
};

struct buf {
	uint8_t *p; /* always one octet longer than cap: a NUL may follow */
	size_t n;
	size_t cap;
};

#define BUF_EMPTY ((struct buf){ NULL, 0, 0 })

/* In the header because parsers are made of them. */
static inline struct span
span_of(const void *p, size_t n)
{
	return (struct span){ (const uint8_t *)p, n };
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct span span_str(const char *);

void buf_put(struct buf *, const void *, size_t);
void buf_put_span(struct buf *, struct span);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
/* The last n octets of x, the highest first. */
void buf_put_be(struct buf *, uint64_t x, int n);
void buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for n more octets; they count once buf->n is raised. */
uint8_t *buf_reserve(struct buf *, size_t);

/* The content with a NUL behind it; "" when empty.  Owned by the buf. */
const char *buf_str(struct buf *);
struct span buf_span(const struct buf *);

void buf_clear(struct buf *); /* keeps the memory */
void buf_free(struct buf *);
void buf_wipe(struct buf *); /* zeroes, then frees: for secrets */

/* malloc and friends that end the process rather than fail. */
void *xcalloc(size_t, size_t);
void *xrealloc(void *, size_t);
char *xstrdup(const char *);
char *xasprintf(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
