/*
 * The router: one catch-all behind the adapter, so that every rule about
 * routes can be tested without a server.
 */

#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api/never.h"
#include "api/route.h"
#include "base/err.h"
#include "base/io.h"

#define SEGMENT_MAX 129
#define REST_MAX    2048

/*
 * Decoded parameters live here until the next request: a process serves one
 * at a time.
 */
static char segments[REQUEST_PARAMS_MAX][SEGMENT_MAX];
static char names[REQUEST_PARAMS_MAX][32];
static char rest[REST_MAX];

static void
add_param(struct request *req, const char *name, size_t len, const char *value)
{
	size_t i = req->nparams++;

	memcpy(names[i], name, len);
	names[i][len] = '\0';
	req->params[i] = (struct request_pair){ names[i], value };
}

/* The "{name}" at t against the segment at *p; moves both on. */
static int
match_param(const char **t, const char **p, struct request *req)
{
	size_t len = strcspn(*t + 1, "*}"), n;
	const char *name = *t + 1;
	bool all = name[len] == '*';
	char *segment = segments[req->nparams];

	if (req->nparams == REQUEST_PARAMS_MAX || len >= sizeof(names[0]))
		return 0;
	*t = strchr(*t, '}') + 1;
	n = all ? strlen(*p) : strcspn(*p, "/");
	if (n == 0 || (all && n >= REST_MAX))
		return 0;
	if (all) {
		memcpy(rest, *p, n + 1);
		add_param(req, name, len, rest);
	} else {
		if (request_decode(span_of(*p, n), segment, SEGMENT_MAX) == -1)
			return 0;
		add_param(req, name, len, segment);
	}
	*p += n;
	return 1;
}

/* Does the path fit the template?  Fills req->params when it does. */
static int
match(const char *template, struct request *req)
{
	const char *t = template, *p = req->path;

	req->nparams = 0;
	while (*t != '\0') {
		if (*t == '{') {
			if (!match_param(&t, &p, req))
				return 0;
		} else if (*t++ != *p++)
			return 0;
	}
	return *p == '\0';
}

const struct route *
route_find(
    const struct route *const *tables, struct request *req, struct reply *reply)
{
	const struct route *r;
	char allow[64] = "";
	unsigned others = 0;
	size_t i;

	for (i = 0; tables[i] != NULL; i++)
		for (r = tables[i]; r->path != NULL; r++) {
			if (!match(r->path, req))
				continue;
			if (r->method == req->method)
				return r;
			if (others & r->method)
				continue;
			others |= r->method;
			if (allow[0] != '\0')
				strcat(allow, ", ");
			strcat(allow, method_text(r->method));
			if (r->method == METHOD_GET)
				strcat(allow, ", HEAD");
		}
	if (others == 0)
		err_set_code(ERR_ABSENT, "NO_SUCH_ADDRESS",
		    "there is nothing at %.200s", req->path);
	else {
		err_set_code(ERR_INPUT, "METHOD_NOT_ALLOWED",
		    "%.200s takes %s, not %s", req->path, allow,
		    method_text(req->method));
		reply_header(reply, "Allow", "%s", allow);
	}
	return NULL;
}

/* Length and type of the body, before anything reads it. */
static int
check_body(const struct route *r, const struct request *req)
{
	uint64_t n = req->body_fd != -1 ? req->body_size : req->body.n;
	uint64_t most = r->max_body != 0 ? r->max_body : ROUTE_BODY_DEFAULT;

	if (r->method == METHOD_GET || r->method == METHOD_DELETE) {
		if (n > 0)
			return err_set_code(ERR_INPUT, "BODY_UNEXPECTED",
			    "a %s has no body here", method_text(r->method));
		return 0;
	}
	if (n > most)
		return err_set_code(ERR_INPUT, "BODY_TOO_LARGE",
		    "the body has %llu octets; this address takes up to %llu",
		    (unsigned long long)n, (unsigned long long)most);
	if (!(r->flags & ROUTE_ANY_TYPE) &&
	    !request_has_type(req, "application/json"))
		return err_set_code(ERR_INPUT, "MEDIA_TYPE",
		    "the body must be application/json (Content-Type)");
	return 0;
}

/* The whole of body_fd in memory: the route wants a span. */
static int
body_to_memory(struct request *req, struct buf *body)
{
	uint8_t *p = buf_reserve(body, req->body_size);
	uint64_t n = 0;
	ssize_t got;

	while (n < req->body_size) {
		got = pread(req->body_fd, p + n, req->body_size - n, (off_t)n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(ERR_INTERNAL,
			    "could not read a body back from its file");
		n += (uint64_t)got;
	}
	body->n = n;
	req->body = buf_span(body);
	return 0;
}

/* The span as an open file: the route wants one. */
static int
body_to_file(struct request *req, int *fd)
{
	if ((*fd = memfd_create("body", MFD_CLOEXEC)) == -1)
		return err_set(
		    ERR_INTERNAL, "could not make a file: %s", strerror(errno));
	if (io_write_all(*fd, req->body) == -1)
		return -1;
	req->body_fd = *fd;
	req->body_size = req->body.n;
	req->body = span_of("", 0);
	(void)lseek(*fd, 0, SEEK_SET);
	return 0;
}

/* Give the body the shape that the route asks for, and call the handler. */
static int
handle(const struct route *r, const struct route_guard *guard,
    struct request *req, struct reply *reply)
{
	struct buf body = BUF_EMPTY;
	int fd = -1, rc = -1;

	if (guard->caller != NULL && guard->caller(r, req) == -1)
		goto out;
	if (check_body(r, req) == -1)
		goto out;
	if (r->flags & ROUTE_BODY_FILE) {
		if (req->body_fd == -1 && body_to_file(req, &fd) == -1)
			goto out;
	} else if (req->body_fd != -1 && body_to_memory(req, &body) == -1)
		goto out;
	/* of one that is called again it was looked at before */
	if (!(r->flags & ROUTE_BODY_FILE) && !guard->keeps_nothing &&
	    req->resumed.n == 0 &&
	    never_in_body(req->body, !(r->flags & ROUTE_ANY_TYPE)) == -1)
		goto out;
	if (guard->begin != NULL && guard->begin(r, req) == -1)
		goto out;
	rc = r->handler(req, reply);
	if (guard->end != NULL)
		rc = guard->end(r, req, rc);
out:
	if (fd != -1) {
		(void)close(fd);
		req->body_fd = -1;
	}
	buf_free(&body);
	return rc;
}

static enum method
method_named(const char *text)
{
	enum method m;

	for (m = METHOD_GET; m < METHOD_OTHER; m <<= 1)
		if (strcmp(method_text(m), text) == 0)
			return m;
	return METHOD_OTHER;
}

/* Can it stand in a header, and in a text of JSON, as it is? */
static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

/*
 * A long body is still with nginx: would whoever sends it be heard?  Of an
 * answer to its own question nginx understands that it is 401, or 403, and
 * nothing else; what it is that nginx shall say, the headers tell.
 */
static void
answer_first(const struct route *const *tables, const struct route_guard *guard,
    struct request *req, struct reply *reply)
{
	const struct route *r = NULL;
	struct route asking;
	int rc = -1;

	if (never_in_address(req) == 0 &&
	    (r = route_find(tables, req, reply)) != NULL) {
		/* it may be repeated, as a GET; and no handler looks again
		 * at whoever was remembered */
		asking = *r;
		asking.method = METHOD_GET;
		asking.flags &= ~(unsigned)ROUTE_CALLER_KEPT;
		rc = guard->caller == NULL ? 0 : guard->caller(&asking, req);
		if (rc == -1 && guard->again != NULL &&
		    guard->again(&asking, req))
			rc = guard->caller(&asking, req);
	}
	if (rc == 0) {
		(void)reply_json(reply, 200, "{}");
		return;
	}
	(void)reply_problem(reply, req->id);
	if (r == NULL) {
		reply_header(reply, "X-Problem", "%s", err_code());
		reply->status = 403;
	}
	if (reply->status < 500 && is_plain(err_text()))
		reply_header(reply, "X-Why", "%s", err_text());
}

void
route_serve(const struct route *const *tables, const struct route_guard *guard,
    struct request *req, struct reply *reply)
{
	const char *first = request_header(req, "X-Ask-First");
	const struct route *r = NULL;
	int rc = -1;

	if (first != NULL) {
		req->method = method_named(first);
		answer_first(tables, guard, req, reply);
		return;
	}
	if ((guard->keeps_nothing || never_in_address(req) == 0) &&
	    (r = route_find(tables, req, reply)) != NULL)
		rc = handle(r, guard, req, reply);
	if (r != NULL && rc == -1 && guard->again != NULL &&
	    guard->again(r, req)) {
		reply_free(reply);
		rc = handle(r, guard, req, reply);
	}
	if (rc == -1 && guard->keeps_nothing)
		(void)never_in_address(req);
	if (rc == -1)
		reply_problem(reply, req->id);
	if (rc == -1 && req->ask_at != NULL)
		reply_header_text(reply, "X-Accel-Redirect", req->ask_at);
}
