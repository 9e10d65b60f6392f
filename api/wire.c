/*
 * Requests as nginx writes them.
 */

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "api/wire.h"

/* Where it is read, and up to where its head goes. */
struct cursor {
	char *p;
	char *end;
};

/* RFC 9110 section 5.6.2, whatever the locale */
static bool
is_token(unsigned char c)
{
	if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool
is_visible(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static enum method
method_of(const char *p, size_t n, bool *head)
{
	static const struct {
		const char *name;
		enum method method;
	} known[] = {
		{ "GET", METHOD_GET },
		{ "POST", METHOD_POST },
		{ "HEAD", METHOD_GET },
		{ "PUT", METHOD_PUT },
		{ "DELETE", METHOD_DELETE },
	};
	size_t i;

	*head = n == 4 && memcmp(p, "HEAD", 4) == 0;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == n &&
		    memcmp(known[i].name, p, n) == 0)
			return known[i].method;
	return METHOD_OTHER;
}

/* Past this text, which must be there. */
static bool
take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, text, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* GET /ocsp/MFIw HTTP/1.1; *end is where its target ends. */
static int
read_line(struct cursor *c, struct request *to, struct wire *w, char **end)
{
	const char *began = c->p;

	while (c->p < c->end && is_token((unsigned char)*c->p))
		c->p++;
	if (c->p == began)
		return 400;
	to->method = method_of(began, (size_t)(c->p - began), &w->head);
	if (!take(c, " ") || c->p == c->end || *c->p != '/')
		return 400;
	to->path = c->p;
	while (c->p < c->end && is_visible((unsigned char)*c->p))
		c->p++;
	if (c->p - to->path > WIRE_TARGET_MAX)
		return 414;
	*end = c->p;
	if (!take(c, " HTTP/"))
		return 400;
	return take(c, "1.1\r\n") ? WIRE_WHOLE : 505;
}

/* Name: value; the ends of both. */
static int
read_header(struct cursor *c, struct request_pair *pair, char **ends)
{
	pair->name = c->p;
	while (c->p < c->end && is_token((unsigned char)*c->p))
		c->p++;
	ends[0] = c->p;
	if (c->p == pair->name || !take(c, ":"))
		return 400;
	while (c->p < c->end && *c->p == ' ')
		c->p++;
	pair->value = c->p;
	while (
	    c->p < c->end && (*c->p == ' ' || is_visible((unsigned char)*c->p)))
		c->p++;
	ends[1] = c->p;
	return c->p > pair->value && take(c, "\r\n") ? WIRE_WHOLE : 400;
}

static bool
is_named(const struct request_pair *pair, char *const *ends, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(ends[0] - pair->name) == n &&
	    strncasecmp(pair->name, name, n) == 0;
}

/* Digits and nothing else. */
static int
read_length(const char *p, const char *end, size_t *n)
{
	*n = 0;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return 400;
		*n = *n * 10 + (size_t)(*p - '0');
		if (*n > WIRE_BODY_MAX)
			return 413;
	}
	return WIRE_WHOLE;
}

/* What counts for how it is read; *n is SIZE_MAX until a length was said. */
static int
note_header(const struct request_pair *pair, char *const *ends, size_t *n,
    struct wire *w)
{
	if (is_named(pair, ends, "content-length"))
		return *n == SIZE_MAX ? read_length(pair->value, ends[1], n)
				      : 400;
	if (is_named(pair, ends, "transfer-encoding"))
		return 400;
	if (is_named(pair, ends, "connection"))
		w->ends = true;
	return WIRE_WHOLE;
}

static int
read_headers(struct cursor *c, struct request *to, struct wire *w, size_t *n,
    char *(*ends)[2])
{
	struct request_pair *pair;
	int rc;

	*n = SIZE_MAX;
	while (!take(c, "\r\n")) {
		if (to->nheaders == REQUEST_HEADERS_MAX)
			return 400;
		pair = &to->headers[to->nheaders];
		rc = read_header(c, pair, ends[to->nheaders]);
		if (rc == WIRE_WHOLE)
			rc = note_header(pair, ends[to->nheaders], n, w);
		if (rc != WIRE_WHOLE)
			return rc;
		to->nheaders++;
	}
	if (*n == SIZE_MAX)
		*n = 0;
	return WIRE_WHOLE;
}

/* All of it is there: names, values and the target become texts. */
static void
end_texts(struct request *to, char *end, char *(*ends)[2])
{
	char *query = memchr(to->path, '?', (size_t)(end - to->path));
	size_t i;

	*end = '\0';
	to->query = "";
	if (query != NULL) {
		*query = '\0';
		to->query = query + 1;
	}
	for (i = 0; i < to->nheaders; i++)
		*ends[i][0] = *ends[i][1] = '\0';
}

int
wire_read(char *octets, size_t n, struct request *to, struct wire *w)
{
	char *ends[REQUEST_HEADERS_MAX][2], *end;
	struct cursor c = { octets, NULL };
	size_t body;
	int rc;

	c.end = memmem(
	    octets, n < WIRE_HEAD_MAX ? n : WIRE_HEAD_MAX, "\r\n\r\n", 4);
	if (c.end == NULL)
		return n < WIRE_HEAD_MAX ? WIRE_MORE : 431;
	c.end += 4;
	memset(to, 0, sizeof(*to));
	memset(w, 0, sizeof(*w));
	to->body_fd = -1;
	rc = read_line(&c, to, w, &end);
	if (rc == WIRE_WHOLE)
		rc = read_headers(&c, to, w, &body, ends);
	if (rc != WIRE_WHOLE)
		return rc;
	if (c.p != c.end || (size_t)(octets + n - c.p) > body)
		return 400; /* what follows is nobody's request */
	if ((size_t)(octets + n - c.p) < body)
		return WIRE_MORE;
	to->body = span_of(c.p, body);
	end_texts(to, end, ends);
	return WIRE_WHOLE;
}
