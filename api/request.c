/*
 * Reading a request: headers, path parameters, query, percent-encoding.
 */

#include <string.h>
#include <strings.h>

#include "api/request.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/uuid.h"

static const struct {
	enum method method;
	const char *text;
} methods[] = {
	{ METHOD_GET, "GET" },
	{ METHOD_POST, "POST" },
	{ METHOD_PUT, "PUT" },
	{ METHOD_DELETE, "DELETE" },
};

const char *
method_text(enum method method)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].method == method)
			return methods[i].text;
	return "OTHER";
}

const char *
request_header(const struct request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->nheaders; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	return NULL;
}

const char *
request_param(const struct request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->nparams; i++)
		if (strcmp(req->params[i].name, name) == 0)
			return req->params[i].value;
	return NULL;
}

int
request_param_uuid(const struct request *req, const char *name)
{
	const char *s = request_param(req, name);

	return uuid_valid(s)
	    ? 0
	    : err_set_code(ERR_ABSENT, "NOT_FOUND",
		  "there is no %s \"%.64s\" that you may see", name, s);
}

int
request_decode(struct span in, char *text, size_t size)
{
	size_t i, n = 0;
	int hi, lo, c;

	for (i = 0; i < in.n; i++) {
		c = in.p[i];
		if (c == '%') {
			if (i + 2 >= in.n ||
			    (hi = hex_digit(in.p[i + 1])) < 0 ||
			    (lo = hex_digit(in.p[i + 2])) < 0)
				return err_set_code(ERR_INPUT, "URL_MALFORMED",
				    "the address has a %% that is not followed "
				    "by two hex digits (RFC 3986 section 2.1)");
			c = hi << 4 | lo;
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return err_set_code(ERR_INPUT, "URL_MALFORMED",
			    "the address has a control character in it");
		if (n + 1 >= size)
			return err_set_code(ERR_INPUT, "URL_MALFORMED",
			    "a part of the address is longer than %zu octets",
			    size - 1);
		text[n++] = (char)c;
	}
	text[n] = '\0';
	return 0;
}

/* The next name=value of a query, as it stands; false at the end. */
static bool
each_pair(const char **at, struct span *name, struct span *value)
{
	const char *p, *end, *equals;

	while (**at == '&')
		(*at)++;
	if (**at == '\0')
		return false;
	p = *at;
	end = p + strcspn(p, "&");
	equals = memchr(p, '=', (size_t)(end - p));
	*name = span_of(p, (size_t)((equals != NULL ? equals : end) - p));
	*value = equals == NULL
	    ? span_of(end, 0)
	    : span_of(equals + 1, (size_t)(end - equals - 1));
	*at = end;
	return true;
}

int
request_query(
    const struct request *req, const char *name, char *text, size_t size)
{
	const char *at = req->query;
	struct span n, v;
	int found = 0;

	while (each_pair(&at, &n, &v)) {
		if (!span_equal(n, span_str(name)))
			continue;
		if (found)
			return err_set_code(ERR_INPUT, "QUERY_MALFORMED",
			    "the query parameter %s is given twice", name);
		if (request_decode(v, text, size) == -1)
			return -1;
		found = 1;
	}
	return found;
}

int
request_query_known(const struct request *req, const char *const *names)
{
	const char *at = req->query;
	struct span n, v;
	size_t i;

	while (each_pair(&at, &n, &v)) {
		for (i = 0; names[i] != NULL; i++)
			if (span_equal(n, span_str(names[i])))
				break;
		if (names[i] == NULL)
			return err_set_code(ERR_INPUT, "QUERY_UNKNOWN",
			    "the query parameter \"%.*s\" is not known here, "
			    "or not beside the others",
			    n.n > 40 ? 40 : (int)n.n, (const char *)n.p);
	}
	return 0;
}

/* Length of a media type: up to its parameters, spaces trimmed. */
static size_t
type_length(const char *s, size_t n)
{
	size_t len = 0;

	while (len < n && s[len] != ';')
		len++;
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	return len;
}

bool
request_has_type(const struct request *req, const char *type)
{
	const char *s = request_header(req, "Content-Type");

	return s != NULL && type_length(s, strlen(s)) == strlen(type) &&
	    strncasecmp(s, type, strlen(type)) == 0;
}

bool
request_accepts(const struct request *req, const char *type)
{
	const char *s = request_header(req, "Accept");
	size_t n;

	while (s != NULL && *s != '\0') {
		s += strspn(s, " \t,");
		n = strcspn(s, ",");
		if (type_length(s, n) == strlen(type) &&
		    strncasecmp(s, type, strlen(type)) == 0)
			return true;
		s += n;
	}
	return false;
}
