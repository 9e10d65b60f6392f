/*
 * Around a handler: what is withheld, who calls, when it is committed, and
 * whether it is called once more.
 */

#include "route_cases.h"

static int ended;

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
