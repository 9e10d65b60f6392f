/*
 * The router: which handler, with which parameters, body and refusals.
 */

#include "../test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/route.h"
#include "base/err.h"
#include "base/io.h"

static struct request seen; /* as the handler got it */
static char seen_body[64];
static int ended;

static int
note(struct request *req, struct reply *reply)
{
	seen = *req;
	(void)snprintf(seen_body, sizeof(seen_body), "%.*s", (int)req->body.n,
	    req->body.p != NULL ? (const char *)req->body.p : "");
	return reply_json(reply, 200, "{}");
}

static int
note_file(struct request *req, struct reply *reply)
{
	ssize_t n = read(req->body_fd, seen_body, sizeof(seen_body) - 1);

	seen = *req;
	seen_body[n > 0 ? n : 0] = '\0';
	return reply_json(reply, 201, "{}");
}

static int
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

static struct request
ask(enum method method, const char *path)
{
	struct request req = { .id = "abc",
		.method = method,
		.path = path,
		.query = "",
		.body_fd = -1 };

	return req;
}

static struct request
send(enum method method, const char *path, const char *type, const char *body)
{
	struct request req = ask(method, path);

	req.headers[req.nheaders++] =
	    (struct request_pair){ "content-type", type };
	req.body = span_str(body);
	return req;
}

/* Serve it; the status. */
static int
serve(struct request *req, const struct route_guard *guard, struct reply *reply)
{
	*reply = REPLY_EMPTY;
	memset(&seen, 0, sizeof(seen));
	seen_body[0] = '\0';
	route_serve(tables, guard, req, reply);
	return reply->status;
}

static void
answers(struct request req, int status, const char *code)
{
	struct reply reply;
	char type[128];

	assert_int_equal(serve(&req, &open_guard, &reply), status);
	if (code != NULL) {
		assert_string_equal(
		    reply.content_type, "application/problem+json");
		(void)snprintf(
		    type, sizeof(type), REPLY_PROBLEM_BASE "%s\"", code);
		assert_non_null(strstr(buf_str(&reply.body), type));
	}
	reply_free(&reply);
}

static void
finds_the_route_and_its_parameters(void **state)
{
	(void)state;
	answers(ask(METHOD_GET, "/v1/sites"), 200, NULL);
	answers(ask(METHOD_GET, "/v1/sites/north%2Dpole"), 200, NULL);
	assert_string_equal(request_param(&seen, "handle"), "north-pole");
	assert_null(request_param(&seen, "name"));
	answers(ask(METHOD_GET, "/v1/a/1/b/%C3%A9"), 200, NULL);
	assert_string_equal(request_param(&seen, "x"), "1");
	assert_string_equal(request_param(&seen, "y"), "\xc3\xa9");
}

static void
leaves_the_rest_of_a_path_as_it_was_sent(void **state)
{
	(void)state;
	answers(ask(METHOD_GET, "/ocsp/MFE%2Fa//b+c="), 200, NULL);
	assert_string_equal(request_param(&seen, "request"), "MFE%2Fa//b+c=");
	answers(ask(METHOD_GET, "/ocsp/"), 404, "NO_SUCH_ADDRESS");
}

static void
says_what_is_nowhere(void **state)
{
	static const char *const paths[] = { "/", "/v1", "/v1/sites/",
		"/v1/sites/a/b", "/v1/sitesx", "//v1/sites", "/v1/sites/%zz",
		"/v1/sites/a%00b", "/v1/sites/a%0ab", "/V1/sites" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		answers(ask(METHOD_GET, paths[i]), 404, "NO_SUCH_ADDRESS");
}

static void
refuses_a_segment_that_is_too_long(void **state)
{
	char path[256] = "/v1/sites/";

	(void)state;
	memset(path + 10, 'a', 128);
	answers(ask(METHOD_GET, path), 200, NULL);
	memset(path + 10, 'a', 129);
	answers(ask(METHOD_GET, path), 404, "NO_SUCH_ADDRESS");
}

static void
tells_which_methods_an_address_takes(void **state)
{
	struct request req = ask(METHOD_DELETE, "/v1/sites");
	struct reply reply;

	(void)state;
	assert_int_equal(serve(&req, &open_guard, &reply), 405);
	assert_int_equal(reply.nheaders, 1);
	assert_string_equal(reply.headers[0].name, "Allow");
	assert_string_equal(reply.headers[0].value, "GET, HEAD, POST");
	reply_free(&reply);
}

static void
refuses_a_body_that_is_too_long_or_of_another_type(void **state)
{
	const char *json = "application/json; charset=utf-8";

	(void)state;
	answers(send(METHOD_POST, "/v1/sites", json, "{}"), 200, NULL);
	assert_string_equal(seen_body, "{}");
	answers(send(METHOD_POST, "/v1/sites", json, "{\"a\":\"12345678\"}"),
	    200, NULL);
	answers(send(METHOD_POST, "/v1/sites", json, "{\"a\":\"123456789\"}"),
	    413, "BODY_TOO_LARGE");
	answers(send(METHOD_POST, "/v1/sites", "text/json", "{}"), 415,
	    "MEDIA_TYPE");
	answers(ask(METHOD_POST, "/v1/sites"), 415, "MEDIA_TYPE");
	answers(
	    send(METHOD_GET, "/v1/sites", json, "{}"), 400, "BODY_UNEXPECTED");
}

static void
gives_a_body_as_a_file_where_the_route_wants_one(void **state)
{
	(void)state;
	answers(send(METHOD_PUT, "/v1/files/a", "x/y", "content"), 201, NULL);
	assert_string_equal(seen_body, "content");
	assert_int_equal(seen.body_size, 7);
	assert_int_equal(seen.body.n, 0);
	answers(send(METHOD_PUT, "/v1/files/a", "x/y", ""), 201, NULL);
	assert_int_equal(seen.body_size, 0);
}

static void
gives_a_file_as_a_body_where_the_route_wants_that(void **state)
{
	struct request req =
	    send(METHOD_POST, "/v1/sites", "application/json", "");
	char path[] = "/tmp/assay-route-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(io_write_all(fd, span_str("{\"b\":1}")), 0);
	req.body_fd = fd;
	req.body_size = 7;
	answers(req, 200, NULL);
	assert_string_equal(seen_body, "{\"b\":1}");
	req.body_size = 17;
	answers(req, 413, "BODY_TOO_LARGE");
	(void)close(fd);
	(void)unlink(path);
}

static void
makes_a_problem_of_a_handlers_failure(void **state)
{
	(void)state;
	answers(send(METHOD_POST, "/v1/sites/a/close", "application/json", ""),
	    409, "SITE_EXISTS");
}

static int
must_not_begin(const struct route *r, struct request *req)
{
	(void)r;
	(void)req;
	fail_msg("a transaction was begun");
	return -1;
}

static void
withholds(struct request req, const char *naming)
{
	static const struct route_guard guard = { .begin = must_not_begin };
	struct reply reply;

	assert_int_equal(serve(&req, &guard, &reply), 400);
	assert_non_null(
	    strstr(buf_str(&reply.body), "SUBSCRIBER_DATA_REFUSED"));
	assert_non_null(strstr(buf_str(&reply.body), naming));
	assert_null(strstr(buf_str(&reply.body), "262011"));
	assert_true(reply.withheld);
	assert_null(seen.path);
	reply_free(&reply);
}

#define IMSI "262011234567890"

static void
refuses_subscriber_data_before_anything_is_begun(void **state)
{
	struct request req = ask(METHOD_GET, "/v1/sites");

	(void)state;
	withholds(ask(METHOD_GET, "/v1/sites/IMSI-" IMSI), "the address");
	withholds(ask(METHOD_GET, "/nothing/%49msi%20" IMSI), "the address");
	req.query = "state=x&im%73i=1";
	withholds(req, "the query parameter imsi");
	req.query = "state=IMSI+" IMSI;
	withholds(req, "the query parameter state");
	req.query = "imsi" IMSI "=1";
	withholds(req, "the query parameter");
	req.query = "";
	req.headers[req.nheaders++] =
	    (struct request_pair){ "Accept", "text/html; imsi=" IMSI };
	withholds(req, "the header Accept");
	withholds(
	    send(METHOD_POST, "/v1/sites", "application/json", "{\"OPc\":1}"),
	    "the field OPc");
	withholds(send(METHOD_POST, "/v1/sites/a/close", "application/json",
		      "{\"reason\":\"for IMSI " IMSI "\"}"),
	    "the field reason");
}

/* Where nothing is kept, what is refused is logged, and nothing else is. */
static void
looks_only_at_what_it_refuses_where_nothing_is_kept(void **state)
{
	static const struct route_guard guard = { .keeps_nothing = true };
	struct request req = ask(METHOD_GET, "/nothing/IMSI-" IMSI);
	struct reply reply;

	(void)state;
	assert_int_equal(serve(&req, &guard, &reply), 400);
	assert_true(reply.withheld);
	assert_null(strstr(buf_str(&reply.body), "262011"));
	reply_free(&reply);
	req = ask(METHOD_GET, "/nothing/else");
	assert_int_equal(serve(&req, &guard, &reply), 404);
	assert_false(reply.withheld);
	reply_free(&reply);
	req = ask(METHOD_GET, "/v1/sites");
	assert_int_equal(serve(&req, &guard, &reply), 200);
	reply_free(&reply);
}

static int
nobody(const struct route *r, struct request *req)
{
	(void)r;
	(void)req;
	return err_set_code(ERR_DENIED, "UNAUTHENTICATED", "who?");
}

static int
busy(const struct route *r, struct request *req, int rc)
{
	(void)r;
	(void)req;
	ended++;
	return rc == 0 ? err_set(ERR_BUSY, "could not commit") : rc;
}

static void
asks_who_calls_before_it_looks_at_the_body(void **state)
{
	static const struct route_guard guard = { .caller = nobody };
	struct request req =
	    send(METHOD_POST, "/v1/sites", "text/plain", "far too long for it");
	struct reply reply;

	(void)state;
	assert_int_equal(serve(&req, &guard, &reply), 401);
	assert_null(seen.path);
	reply_free(&reply);
}

static void
answers_only_after_the_commit(void **state)
{
	static const struct route_guard guard = { .end = busy };
	struct request req = ask(METHOD_GET, "/v1/sites");
	struct reply reply;

	(void)state;
	ended = 0;
	assert_int_equal(serve(&req, &guard, &reply), 503);
	assert_int_equal(ended, 1);
	req = send(METHOD_POST, "/v1/sites/a/close", "application/json", "");
	reply_free(&reply);
	assert_int_equal(serve(&req, &guard, &reply), 409);
	assert_int_equal(ended, 2);
	reply_free(&reply);
}

static bool
once(const struct route *r, const struct request *req)
{
	(void)req;
	return r->method == METHOD_GET && ended == 1;
}

static void
asks_once_more_when_the_guard_says_so(void **state)
{
	static const struct route_guard guard = { .end = busy, .again = once };
	struct request req = ask(METHOD_GET, "/v1/sites");
	struct reply reply;

	(void)state;
	ended = 0;
	assert_int_equal(serve(&req, &guard, &reply), 503);
	assert_int_equal(ended, 2);
	reply_free(&reply);
	ended = 0;
	req = send(METHOD_POST, "/v1/sites/a/close", "application/json", "");
	assert_int_equal(serve(&req, &guard, &reply), 409);
	assert_int_equal(ended, 1);
	reply_free(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_route_and_its_parameters),
		cmocka_unit_test(leaves_the_rest_of_a_path_as_it_was_sent),
		cmocka_unit_test(says_what_is_nowhere),
		cmocka_unit_test(refuses_a_segment_that_is_too_long),
		cmocka_unit_test(tells_which_methods_an_address_takes),
		cmocka_unit_test(
		    refuses_a_body_that_is_too_long_or_of_another_type),
		cmocka_unit_test(
		    gives_a_body_as_a_file_where_the_route_wants_one),
		cmocka_unit_test(
		    gives_a_file_as_a_body_where_the_route_wants_that),
		cmocka_unit_test(makes_a_problem_of_a_handlers_failure),
		cmocka_unit_test(
		    refuses_subscriber_data_before_anything_is_begun),
		cmocka_unit_test(
		    looks_only_at_what_it_refuses_where_nothing_is_kept),
		cmocka_unit_test(asks_who_calls_before_it_looks_at_the_body),
		cmocka_unit_test(answers_only_after_the_commit),
		cmocka_unit_test(asks_once_more_when_the_guard_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
