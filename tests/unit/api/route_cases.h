#ifndef UNIT_API_ROUTE_CASES_H
#define UNIT_API_ROUTE_CASES_H

/*
 * Routes whose handlers note what they got, and requests to them.
 */

#include "../test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/route.h"
#include "base/err.h"

static struct request seen; /* as the handler got it */
static char seen_body[64];

static inline int
note(struct request *req, struct reply *reply)
{
	seen = *req;
	(void)snprintf(seen_body, sizeof(seen_body), "%.*s", (int)req->body.n,
	    req->body.p != NULL ? (const char *)req->body.p : "");
	return reply_json(reply, 200, "{}");
}

static inline int
note_file(struct request *req, struct reply *reply)
{
	ssize_t n = read(req->body_fd, seen_body, sizeof(seen_body) - 1);

	seen = *req;
	seen_body[n > 0 ? n : 0] = '\0';
	return reply_json(reply, 201, "{}");
}

static inline int
clash(struct request *req, struct reply *reply)
{
	(void)req;
	(void)reply;
	return err_set_code(ERR_CONFLICT, "SITE_EXISTS", "there is one");
}

static const struct route one[] = {
	{ METHOD_GET, "/v1/sites", ROLE_ANY, 0, 0, note, "" },
	{ METHOD_POST, "/v1/sites", ROLE_OFFICER, 0, 16, note, "" },
	{ METHOD_GET, "/v1/sites/{handle}", ROLE_ANY, 0, 0, note, "" },
	{ METHOD_POST, "/v1/sites/{handle}/open", ROLE_OFFICER,
	    ROUTE_CALLER_KEPT, 0, note, "" },
	{ METHOD_POST, "/v1/sites/{handle}/close", ROLE_ANY, 0, 0, clash, "" },
	{ METHOD_PUT, "/v1/files/{name}", ROLE_ANY,
	    ROUTE_BODY_FILE | ROUTE_ANY_TYPE, 32, note_file, "" },
	ROUTE_END,
};
static const struct route two[] = {
	{ METHOD_GET, "/ocsp/{request*}", 0, ROUTE_PUBLIC, 0, note, "" },
	{ METHOD_GET, "/v1/a/{x}/b/{y}", 0, ROUTE_PUBLIC, 0, note, "" },
	ROUTE_END,
};
static const struct route *const tables[] = { one, two, NULL };
static const struct route_guard open_guard;

static inline struct request
ask(enum method method, const char *path)
{
	struct request req = { .id = "abc",
		.method = method,
		.path = path,
		.query = "",
		.body_fd = -1 };

	return req;
}

static inline struct request
send(enum method method, const char *path, const char *type, const char *body)
{
	struct request req = ask(method, path);

	req.headers[req.nheaders++] =
	    (struct request_pair){ "content-type", type };
	req.body = span_str(body);
	return req;
}

/* Serve it; the status. */
static inline int
serve(struct request *req, const struct route_guard *guard, struct reply *reply)
{
	*reply = REPLY_EMPTY;
	memset(&seen, 0, sizeof(seen));
	seen_body[0] = '\0';
	route_serve(tables, guard, req, reply);
	return reply->status;
}

#endif
