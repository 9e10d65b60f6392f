/*
 * What comes to a status process instead of what nginx writes: whatever is read
 * lies within what was sent, and says so itself; a beginning of it is not all.
 */

#include <stdlib.h>

#include "api/wire.h"
#include "tests/fuzz/fuzz.h"

static void
text_within(const char *text, const char *p, size_t n)
{
	must(text >= p && text + strlen(text) < p + n);
}

static void
check(const struct request *r, const char *p, size_t n)
{
	size_t i;

	text_within(r->path, p, n);
	must(r->path[0] == '/' && strlen(r->path) <= WIRE_TARGET_MAX);
	must(r->query[0] == '\0' || (r->query > r->path && r->query < p + n));
	must(r->nheaders <= REQUEST_HEADERS_MAX);
	for (i = 0; i < r->nheaders; i++) {
		text_within(r->headers[i].name, p, n);
		text_within(r->headers[i].value, p, n);
		must(r->headers[i].value > r->headers[i].name);
	}
	within(r->body, span_of(p, n));
	must(r->body.n <= WIRE_BODY_MAX);
	must(r->body.p + r->body.n == (const uint8_t *)p + n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct request r;
	struct wire w;
	char *copy;
	int rc;

	if (n == 0 || (copy = malloc(n)) == NULL)
		return 0;
	memcpy(copy, p, n);
	rc = wire_read(copy, n, &r, &w);
	must(rc == WIRE_MORE || rc == WIRE_WHOLE || (rc >= 400 && rc <= 505));
	if (rc != WIRE_WHOLE)
		must(memcmp(copy, p, n) == 0);
	else {
		check(&r, copy, n);
		memcpy(copy, p, n);
		must(wire_read(copy, n - 1, &r, &w) == WIRE_MORE);
	}
	free(copy);
	return 0;
}
