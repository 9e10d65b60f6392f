#ifndef UNIT_API_MATRIX_CALL_H
#define UNIT_API_MATRIX_CALL_H

/*
 * One call of a route: a real handler behind the real router, with a real
 * signature.  It is rolled back.
 */

#include <time.h>

#include <jansson.h>

#include "api/auth.h"
#include "api/challenge.h"
#include "api/routes.h"
#include "registry/instance.h"
#include "registry/statement.h"
#include "tests/unit/api/matrix_callers.h"
#include "tests/unit/api/openapi.h"

/* The rule of the router is left out: what does the database say? */
static const struct caller *only_the_database;

MATRIX_FUNCTION int
find_caller(const struct route *r, struct request *req)
{
	if (only_the_database == NULL)
		return auth_caller(r, req);
	req->principal = only_the_database->principal;
	req->certificate = buf_span(&only_the_database->der);
	return 0;
}

MATRIX_FUNCTION int
begin(const struct route *r, struct request *req)
{
	return auth_guard.begin(r, req);
}

MATRIX_FUNCTION int
undo(const struct route *r, struct request *req, int rc)
{
	(void)r;
	if (db_in_transaction(req->db))
		db_rollback(req->db);
	return rc;
}

static const struct route_guard guard = { find_caller, begin, undo, NULL,
	false };

/* The template with what stands from its first { to its last } replaced. */
MATRIX_FUNCTION void
fill_path(const char *template, const char *name, char path[256])
{
	const char *from = strchr(template, '{'), *to = strrchr(template, '}');

	if (name[0] == '\0')
		name = from != NULL && strchr(from, '/') < to &&
			strchr(from, '/') != NULL
		    ? (strstr(from, "{version}") != NULL ? "none/1"
							 : "tre/NONE-1")
		    : buf_str(&nothing);
	if (from == NULL)
		(void)snprintf(path, 256, "%s", template);
	else
		(void)snprintf(path, 256, "%.*s%s%s", (int)(from - template),
		    template, name, to + 1);
}

/* Apostrophes as quotes, and what stands in braces filled in. */
MATRIX_FUNCTION void
fill_body(const char *template, const char *name, struct buf *body)
{
	static const char *const words[] = { "{name}", "{paper}", "{report}",
		"{csr}", "{day}", "{later}" };
	const char *values[] = { name, buf_str(&paper), buf_str(&report),
		buf_str(&csr), buf_str(&day), buf_str(&later) };
	const size_t nwords = sizeof(words) / sizeof(words[0]);
	size_t i;

	buf_clear(body);
	while (*template != '\0') {
		for (i = 0; i < nwords; i++)
			if (strncmp(template, words[i], strlen(words[i])) == 0)
				break;
		if (i < nwords) {
			buf_puts(body, values[i]);
			template += strlen(words[i]);
		} else {
			buf_putc(body, *template == '\'' ? '"' : *template);
			template ++;
		}
	}
}

MATRIX_FUNCTION void
add_header(struct request *req, const char *name, const char *value)
{
	req->headers[req->nheaders++] = (struct request_pair){ name, value };
}

struct outcome {
	int status;
	char code[48];
	char says[512];
};

MATRIX_FUNCTION void
read_problem(const struct reply *reply, struct outcome *o)
{
	json_t *p =
	    json_loadb((const char *)reply->body.p, reply->body.n, 0, NULL);
	const char *type = json_string_value(json_object_get(p, "type"));
	const char *detail = json_string_value(json_object_get(p, "detail"));

	(void)snprintf(o->code, sizeof(o->code), "%s",
	    type != NULL ? strrchr(type, '/') + 1 : "");
	(void)snprintf(
	    o->says, sizeof(o->says), "%s", detail != NULL ? detail : "");
	json_decref(p);
}

/* How much of the answers openapi.yaml does not describe; each is told once. */
static int nundescribed;

MATRIX_FUNCTION void
check_described(const struct route *r, const struct reply *reply)
{
	static struct {
		const struct route *route;
		int status;
	} told[512];
	static size_t ntold;
	json_t *answer;
	size_t i;
	int n;

	for (i = 0; i < ntold; i++)
		if (told[i].route == r && told[i].status == reply->status)
			return;
	answer =
	    json_loadb((const char *)reply->body.p, reply->body.n, 0, NULL);
	n = openapi_breaches(
	    method_text(r->method), r->path, reply->status, answer);
	if (n > 0 && ntold < sizeof(told) / sizeof(told[0])) {
		told[ntold].route = r;
		told[ntold++].status = reply->status;
	}
	nundescribed += n;
	json_decref(answer);
}

/* Call it as c (NULL: without a certificate). */
MATRIX_FUNCTION struct outcome
call(const struct route *r, const struct caller *c, const char *name,
    const char *template)
{
	static const struct instance here;
	struct buf body = BUF_EMPTY, jws = BUF_EMPTY;
	struct request req = { .id = "test",
		.method = r->method,
		.query = "",
		.body_fd = -1,
		.db = api,
		.instance = &here };
	struct outcome o = { 0 };
	uint8_t resume[REPLY_RESUME_MAX];
	struct reply reply = REPLY_EMPTY;
	char path[256];

	fill_path(r->path, name, path);
	req.path = path;
	if (r->method != METHOD_GET) {
		fill_body(template, name, &body);
		req.body = buf_span(&body);
		if (!(r->flags & ROUTE_ANY_TYPE))
			add_header(&req, "Content-Type", "application/json");
	}
	if (c != NULL) {
		add_header(&req, "X-Client-Verify", "SUCCESS");
		add_header(&req, "X-Client-Certificate",
		    buf_str((struct buf *)&c->escaped));
		add_header(&req, "X-Client-Known-By", c->known_by);
	}
	if (c != NULL && (r->flags & ROUTE_SIGNED)) {
		struct statement s = { .body = req.body,
			.url = path,
			.certificate = buf_span(&c->der) };

		pki_must(statement_build(&s, c->key, time(NULL), &jws) == 0);
		add_header(&req, "Assay-Statement", buf_str(&jws));
	}
	only_the_database = only_the_database != NULL ? c : NULL;
	route_serve(api_routes, &guard, &req, &reply);
	if (reply.nresume > 0) {
		memcpy(resume, reply.resume, reply.nresume);
		req.resumed = span_of(resume, reply.nresume);
		reply_free(&reply);
		queue_flush(&challenge_queue, api);
		route_serve(api_routes, &guard, &req, &reply);
	}
	undo(r, &req, 0);
	o.status = reply.status;
	if (o.status < 300)
		check_described(r, &reply);
	if (o.status >= 400)
		read_problem(&reply, &o);
	reply_free(&reply);
	buf_free(&body);
	buf_free(&jws);
	return o;
}

#endif
