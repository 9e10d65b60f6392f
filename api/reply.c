/*
 * Answers: JSON, octets, files, and the error slot as problem+json.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "api/reply.h"
#include "base/err.h"
#include "base/log.h"
#include "policy/never.h"

/*
 * The one table from failures to HTTP status.  The first row that fits wins:
 * codes that have a status of their own, then kinds.
 */
static const struct {
	enum err_kind kind;
	const char *code; /* NULL: any, and the default when there is none */
	const char *otherwise;
	int status;
	const char *title;
} problems[] = {
	{ ERR_DENIED, "UNAUTHENTICATED", NULL, 401, "Who are you?" },
	{ ERR_DENIED, "CERTIFICATE_REFUSED", NULL, 401, "Who are you?" },
	{ ERR_DENIED, "CERTIFICATE_NOT_REGISTERED", NULL, 401, "Who are you?" },
	{ ERR_DENIED, "CERTIFICATE_REVOKED", NULL, 401, "Who are you?" },
	{ ERR_DENIED, "SECRET_WRONG", NULL, 401, "Who are you?" },
	{ ERR_DENIED, "SECRET_USED", NULL, 401, "Who are you?" },
	{ ERR_INPUT, "METHOD_NOT_ALLOWED", NULL, 405, "Method not allowed" },
	{ ERR_INPUT, "BODY_TOO_LARGE", NULL, 413, "Too large" },
	{ ERR_INPUT, "MEDIA_TYPE", NULL, 415, "Unsupported media type" },
	{ ERR_INPUT, NULL, "INPUT_REFUSED", 400, "Refused as malformed" },
	{ ERR_DENIED, NULL, "DENIED", 403, "Not allowed" },
	{ ERR_ABSENT, NULL, "ABSENT", 404, "Not found" },
	{ ERR_CONFLICT, NULL, "CONFLICT", 409, "Conflict" },
	{ ERR_BUSY, "RATE_LIMITED", NULL, 429, "Too often" },
	{ ERR_BUSY, "STORAGE_FULL", NULL, 507, "No room" },
	{ ERR_BUSY, NULL, "BUSY", 503, "Try again" },
	{ ERR_INTERNAL, NULL, "INTERNAL", 500, "Our fault" },
};

static size_t
problem_of_err(void)
{
	size_t i, last = sizeof(problems) / sizeof(problems[0]) - 1;

	for (i = 0; i < last; i++)
		if (problems[i].kind == err_kind() &&
		    (problems[i].code == NULL ||
			strcmp(problems[i].code, err_code()) == 0))
			return i;
	return last;
}

int
reply_status_of_err(void)
{
	return problems[problem_of_err()].status;
}

/* What came from outside may be no UTF-8, which JSON must be. */
static json_t *
text_of(const char *s)
{
	json_t *v = json_string(s);
	char *ascii, *p;

	if (v != NULL)
		return v;
	ascii = xstrdup(s);
	for (p = ascii; *p != '\0'; p++)
		if (*p & 0x80)
			*p = '?';
	v = json_string(ascii);
	free(ascii);
	return v;
}

/*
 * What failed on our side is for the log: it may name files and sockets.  So
 * is what PostgreSQL says of a value that its own types don't have.
 */
static const char *
instead(enum err_kind kind, const char *code)
{
	if (kind == ERR_INTERNAL)
		return "the server failed; its log has the reason under this "
		       "request's id";
	if (strcmp(code, "DATABASE_AWAY") == 0)
		return "the database is away; try again";
	if (strcmp(code, "STORAGE_FULL") == 0)
		return "the server has no room left, and nothing was recorded; "
		       "try again later";
	if (strcmp(code, "VALUE_MALFORMED") == 0)
		return "a value is not of the form that it must have, or too "
		       "large";
	return NULL;
}

int
reply_problem(struct reply *reply, const char *request_id)
{
	size_t i = problem_of_err();
	bool ours = problems[i].kind == ERR_INTERNAL;
	const char *code = err_code(), *hidden;
	char type[128], instance[64], *text;
	json_t *o;

	if ((hidden = instead(problems[i].kind, code)) != NULL)
		log_write(LOG_WARN, "request %s: %s", request_id, err_text());
	if (ours || code[0] == '\0')
		code = problems[i].otherwise;
	(void)snprintf(type, sizeof(type), REPLY_PROBLEM_BASE "%s", code);
	(void)snprintf(
	    instance, sizeof(instance), "urn:assay:request:%s", request_id);
	o = json_pack("{s:s, s:s, s:i, s:o, s:s}", "type", type, "title",
	    problems[i].title, "status", problems[i].status, "detail",
	    text_of(hidden != NULL ? hidden : err_text()), "instance",
	    instance);
	text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	reply_octets(reply, problems[i].status, "application/problem+json",
	    span_str(text != NULL ? text : "{}"));
	if (strcmp(code, NEVER_REFUSED) == 0) {
		reply->withheld = true;
		reply_header(reply, "X-Withheld", "1");
	}
	if (problems[i].kind == ERR_DENIED) /* what nginx says for it */
		reply_header(reply, "X-Problem", "%s", code);
	if (problems[i].kind == ERR_BUSY)
		reply_header(reply, "Retry-After", "%d",
		    err_retry() > 0 ? err_retry() : 1);
	free(text);
	json_decref(o);
	return 0;
}

int
reply_octets(
    struct reply *reply, int status, const char *content_type, struct span s)
{
	reply->status = status;
	reply->content_type = content_type;
	buf_clear(&reply->body);
	buf_put_span(&reply->body, s);
	if (reply->file_fd != -1)
		(void)close(reply->file_fd);
	reply->file_fd = -1;
	return 0;
}

int
reply_json(struct reply *reply, int status, const char *text)
{
	return reply_octets(reply, status, "application/json", span_str(text));
}

int
reply_file(struct reply *reply, const char *content_type, int fd)
{
	struct stat st;

	reply_octets(reply, 200, content_type, span_of("", 0));
	reply->file_fd = fd;
	if (fstat(fd, &st) == -1)
		return err_set(
		    ERR_INTERNAL, "could not size a file: %s", strerror(errno));
	reply->file_size = (uint64_t)st.st_size;
	return 0;
}

/* Where the next one's value goes; one too many goes nowhere. */
static char *
next_header(struct reply *reply, const char *name)
{
	static char nowhere[REPLY_VALUE_MAX];

	if (reply->nheaders == REPLY_HEADERS_MAX)
		return nowhere;
	reply->headers[reply->nheaders].name = name;
	return reply->headers[reply->nheaders++].value;
}

void
reply_header(struct reply *reply, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(next_header(reply, name), REPLY_VALUE_MAX, fmt, ap);
	va_end(ap);
}

void
reply_header_text(struct reply *reply, const char *name, const char *text)
{
	char *value = next_header(reply, name);
	size_t n = strnlen(text, REPLY_VALUE_MAX - 1);

	memcpy(value, text, n);
	value[n] = '\0';
}

void
reply_free(struct reply *reply)
{
	buf_free(&reply->body);
	if (reply->file_fd != -1)
		(void)close(reply->file_fd);
	*reply = REPLY_EMPTY;
}

/* The headers' values are some thousand octets, which nobody reads beyond
 * nheaders. */
void
reply_clear(struct reply *reply)
{
	buf_clear(&reply->body);
	if (reply->file_fd != -1)
		(void)close(reply->file_fd);
	reply->status = 500;
	reply->content_type = NULL;
	reply->file_fd = -1;
	reply->file_size = 0;
	reply->nheaders = 0;
	reply->withheld = false;
	reply->nresume = 0;
}

void
reply_resume(struct reply *reply, const void *octets, size_t n)
{
	if (n > sizeof(reply->resume))
		return;
	memcpy(reply->resume, octets, n);
	reply->nresume = n;
}
