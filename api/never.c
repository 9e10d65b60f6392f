/*
 * What never enters, at the door: addresses, headers, bodies.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/never.h"
#include "base/enc.h"
#include "policy/never.h"

/* Decoded as far as it can be; whoever reads it for good is strict. */
static void
decode(struct span in, struct buf *out)
{
	int hi, lo;
	size_t i;

	buf_clear(out);
	for (i = 0; i < in.n; i++) {
		if (in.p[i] == '%' && i + 2 < in.n &&
		    (hi = hex_digit(in.p[i + 1])) != -1 &&
		    (lo = hex_digit(in.p[i + 2])) != -1) {
			buf_putc(out, (char)(hi << 4 | lo));
			i += 2;
		} else
			buf_putc(out, in.p[i] == '+' ? ' ' : (char)in.p[i]);
	}
}

static int
in_parameter(struct span pair, struct buf *text)
{
	const uint8_t *equals;
	struct span name, value;
	enum never kind;
	char where[96];

	decode(pair, text);
	name = buf_span(text);
	if (name.n == 0)
		return 0;
	equals = memchr(name.p, '=', name.n);
	value = equals == NULL
	    ? span_of(name.p + name.n, 0)
	    : span_of(equals + 1, name.n - (size_t)(equals + 1 - name.p));
	if (equals != NULL)
		name.n = (size_t)(equals - name.p);
	if ((kind = never_name(name)) == NEVER_NOTHING)
		kind = never_value(value);
	if (kind == NEVER_NOTHING)
		kind = never_text(buf_span(text));
	/* its name may hide a value as well */
	(void)snprintf(where, sizeof(where), "the query parameter %.*s",
	    name.n > 24 || never_text(name) != NEVER_NOTHING ? 0 : (int)name.n,
	    (const char *)name.p);
	return never_refuse(kind, where);
}

static int
in_query(const char *query, struct buf *text)
{
	size_t n;

	while (*query != '\0') {
		n = strcspn(query, "&");
		if (in_parameter(span_of(query, n), text) == -1)
			return -1;
		query += n + (query[n] == '&');
	}
	return 0;
}

/* What nginx says of the caller is no caller's word. */
static int
in_headers(const struct request *req)
{
	enum never kind;
	char where[80];
	size_t i;

	for (i = 0; i < req->nheaders; i++) {
		if (strncasecmp(req->headers[i].name, "x-client-", 9) == 0)
			continue;
		kind = never_name(span_str(req->headers[i].name));
		if (kind == NEVER_NOTHING)
			kind = never_value(span_str(req->headers[i].value));
		if (kind == NEVER_NOTHING)
			continue;
		(void)snprintf(where, sizeof(where), "the header %.40s",
		    req->headers[i].name);
		return never_refuse(kind, where);
	}
	return 0;
}

int
never_in_address(const struct request *req)
{
	struct buf text = BUF_EMPTY;
	int rc = -1;

	decode(span_str(req->path), &text);
	if (never_refuse(never_text(buf_span(&text)), "the address") == 0 &&
	    in_query(req->query, &text) == 0 && in_headers(req) == 0)
		rc = 0;
	buf_free(&text);
	return rc;
}

int
never_in_body(struct span body, bool json)
{
	char name[NEVER_WHERE] = "", where[NEVER_WHERE + 16];
	enum never kind = json ? never_json(body, name) : never_value(body);

	if (kind == NEVER_NOTHING)
		return 0;
	(void)snprintf(where, sizeof(where), "%s%s",
	    name[0] != '\0' ? "the field " : "the body", name);
	return never_refuse(kind, where);
}
