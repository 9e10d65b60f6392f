/*
 * The router: which handler, with which parameters, body and refusals.
 */

#include "route_cases.h"

#include <stdlib.h>

#include "base/io.h"

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

static bool heard;

static int
hear(const struct route *route, struct request *req)
{
	heard = true;
	assert_false(route->flags & ROUTE_CALLER_KEPT); /* not as before */
	if (route->roles & req->principal.role)
		return 0;
	return err_set_code(ERR_DENIED, "ROLE_NOT_ALLOWED", "not \"they\"");
}

/* What nginx is told that asks before a body is there: status and X-Problem. */
static void
is_asked(const char *method, const char *path, enum role role, int status,
    const char *problem)
{
	static const struct route_guard guard = { .caller = hear };
	struct request req = ask(METHOD_GET, path);
	struct reply reply;
	const char *got = NULL;

	memset(&seen, 0, sizeof(seen));
	req.principal.role = role;
	req.headers[req.nheaders++] =
	    (struct request_pair){ "X-Ask-First", method };
	assert_int_equal(serve(&req, &guard, &reply), status);
	for (size_t i = 0; i < reply.nheaders; i++) {
		assert_string_not_equal(
		    reply.headers[i].name, role == ROLE_READER ? "X-Why" : "");
		if (strcmp(reply.headers[i].name, "X-Problem") == 0)
			got = reply.headers[i].value;
	}
	if (problem == NULL)
		assert_null(got);
	else
		assert_string_equal(got, problem);
	assert_null(seen.path); /* no handler was called */
	reply_free(&reply);
}

static void
says_who_would_be_heard_and_does_nothing(void **state)
{
	(void)state;
	is_asked("POST", "/v1/sites", ROLE_OFFICER, 200, NULL);
	is_asked("POST", "/v1/sites", ROLE_READER, 403, "ROLE_NOT_ALLOWED");
	is_asked("GET", "/v1/sites", ROLE_READER, 200, NULL);
	is_asked("POST", "/v1/sites/a/open", ROLE_OFFICER, 200, NULL);
	heard = false;
	is_asked(
	    "DELETE", "/v1/sites", ROLE_OFFICER, 403, "METHOD_NOT_ALLOWED");
	is_asked("PATCH", "/v1/sites", ROLE_OFFICER, 403, "METHOD_NOT_ALLOWED");
	is_asked("", "/v1/sites", ROLE_OFFICER, 403, "METHOD_NOT_ALLOWED");
	is_asked("POST", "/v1/site%73", ROLE_OFFICER, 403, "NO_SUCH_ADDRESS");
	assert_false(heard);
}

static void
makes_a_problem_of_a_handlers_failure(void **state)
{
	(void)state;
	answers(send(METHOD_POST, "/v1/sites/a/close", "application/json", ""),
	    409, "SITE_EXISTS");
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
		cmocka_unit_test(says_who_would_be_heard_and_does_nothing),
		cmocka_unit_test(makes_a_problem_of_a_handlers_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
