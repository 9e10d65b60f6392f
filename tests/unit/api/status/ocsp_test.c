/*
 * OCSP over HTTP: every way to send a request, and what the headers say.
 */

#include "base/clock.h"

#define NOW clock_now()
#include "../../ca/revoke/ocsp_world.h"

#include "api/status/ocsp.h"
#include "base/enc.h"

static const struct route *const tables[] = { ocsp_routes, NULL };
static const struct route_guard nobody = { .keeps_nothing = true };
static struct reply reply;

static int
start_http(void **state)
{
	int rc = start(state);

	status_set_checked(writer, clock_now());
	responder.kept = ocsp_kept_new(64);
	ocsp_use(&responder);
	reply = REPLY_EMPTY;
	return rc;
}

static int
stop_http(void **state)
{
	reply_free(&reply);
	ocsp_end();
	return stop(state);
}

static struct span
request_der(uint64_t index, int nonce, unsigned char **der)
{
	OCSP_REQUEST *req = ask_for(ca[0], index);
	int n;

	*der = NULL;
	if (nonce > 0)
		OCSP_request_add1_nonce(req, NULL, nonce);
	n = i2d_OCSP_REQUEST(req, der);
	OCSP_REQUEST_free(req);
	return span_of(*der, (size_t)n);
}

/* As the adapter does with what was put aside. */
static void
serve_again(struct request *req)
{
	uint8_t resume[REPLY_RESUME_MAX];

	assert_true(ocsp_gathers());
	ocsp_flush();
	assert_false(ocsp_gathers());
	memcpy(resume, reply.resume, reply.nresume);
	req->resumed = span_of(resume, reply.nresume);
	reply_free(&reply);
	reply = REPLY_EMPTY;
	route_serve(tables, &nobody, req, &reply);
	assert_int_equal(reply.nresume, 0);
}

static void
serve(enum method method, const char *path, const char *type, const char *etag,
    struct span body)
{
	struct request req = {
		.method = method,
		.path = path,
		.query = "",
		.body = body,
		.body_fd = -1,
	};

	if (type != NULL)
		req.headers[req.nheaders++] =
		    (struct request_pair){ "Content-Type", type };
	if (etag != NULL)
		req.headers[req.nheaders++] =
		    (struct request_pair){ "If-None-Match", etag };
	reply_free(&reply);
	reply = REPLY_EMPTY;
	route_serve(tables, &nobody, &req, &reply);
	if (reply.nresume > 0)
		serve_again(&req);
}

static const char *
header(const char *name)
{
	size_t i;

	for (i = 0; i < reply.nheaders; i++)
		if (strcmp(reply.headers[i].name, name) == 0)
			return reply.headers[i].value;
	return "";
}

/* OCSPResponseStatus of what was answered. */
static int
answered(void)
{
	const unsigned char *p = reply.body.p;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)reply.body.n);
	int status;

	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.content_type, "application/ocsp-response");
	assert_non_null(r);
	status = OCSP_response_status(r);
	OCSP_RESPONSE_free(r);
	return status;
}

static void
answers_a_post(void **state)
{
	unsigned char *der;
	struct span body = request_der(GOOD, 0, &der);

	(void)state;
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_int_equal(answered(), 0);
	serve(METHOD_POST, "/ocsp", "text/plain", NULL, body);
	assert_int_equal(reply.status, 415);
	serve(METHOD_POST, "/ocsp", NULL, NULL, body);
	assert_int_equal(reply.status, 415);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
	    span_of("", 0));
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	OPENSSL_free(der);
}

/* The path of a request, each "/", "+" and "=" escaped or not. */
static const char *
path_of(struct span der, const char *prefix, bool escaped)
{
	static struct buf path;
	struct buf text = BUF_EMPTY;
	size_t i;

	buf_clear(&path);
	buf_puts(&path, prefix);
	base64_encode(&text, der);
	for (i = 0; i < text.n; i++)
		if (escaped && strchr("/+=", text.p[i]) != NULL)
			buf_printf(&path, "%%%02X", text.p[i]);
		else
			buf_putc(&path, (char)text.p[i]);
	buf_free(&text);
	return buf_str(&path);
}

static void
answers_every_spelling_of_a_get(void **state)
{
	unsigned char *der;
	struct span request;
	uint64_t index;
	bool slash = false, plus = false;
	const char *path;

	(void)state;
	/* until both letters that are special in addresses have been there */
	for (index = 0; index < 200 || !slash || !plus; index++) {
		request = request_der(index, 0, &der);
		path = path_of(request, "/ocsp/", false);
		slash = slash || strchr(path + 6, '/') != NULL;
		plus = plus || strchr(path, '+') != NULL;
		serve(METHOD_GET, path, NULL, NULL, span_of("", 0));
		assert_int_equal(answered(), 0);
		path = path_of(request, "/ocsp/", true);
		serve(METHOD_GET, path, NULL, NULL, span_of("", 0));
		assert_int_equal(answered(), 0);
		path = path_of(request, "/ocsp//", true);
		serve(METHOD_GET, path, NULL, NULL, span_of("", 0));
		assert_int_equal(answered(), 0);
		OPENSSL_free(der);
	}
}

static void
calls_a_get_that_is_no_base64_malformed(void **state)
{
	(void)state;
	serve(METHOD_GET, "/ocsp/hello", NULL, NULL, span_of("", 0));
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	serve(METHOD_GET, "/ocsp/%zz", NULL, NULL, span_of("", 0));
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	serve(METHOD_GET, "/ocsp/%00", NULL, NULL, span_of("", 0));
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
	serve(METHOD_PUT, "/ocsp", NULL, NULL, span_of("", 0));
	assert_int_equal(reply.status, 405);
	serve(METHOD_GET, "/other", NULL, NULL, span_of("", 0));
	assert_int_equal(reply.status, 404);
}

static void
may_be_cached_as_rfc_5019_says(void **state)
{
	unsigned char *der;
	struct span body = request_der(GOOD, 0, &der);
	char etag[64];

	(void)state;
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_string_equal(header("Cache-Control"),
	    "max-age=3600, public, no-transform, must-revalidate");
	assert_string_equal(header("X-Accel-Expires"), "1");
	assert_non_null(strstr(header("Expires"), " GMT"));
	assert_non_null(strstr(header("Last-Modified"), " GMT"));
	(void)snprintf(etag, sizeof(etag), "%s", header("ETag"));
	assert_int_equal(strlen(etag), 34);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", etag, body);
	assert_int_equal(reply.status, 304);
	assert_int_equal(reply.body.n, 0);
	assert_string_equal(header("ETag"), etag);
	/* whoever asks next has no answer yet */
	assert_string_equal(header("X-Accel-Expires"), "0");
	apply(EVENT_REVOKED, GOOD, 1, 1);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", etag, body);
	assert_int_equal(answered(), 0);
	assert_string_not_equal(header("ETag"), etag);
	OPENSSL_free(der);
}

static void
a_nonce_and_a_refusal_are_for_one_client_alone(void **state)
{
	unsigned char *der;
	struct span body = request_der(GOOD, 32, &der);

	(void)state;
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_int_equal(answered(), 0);
	assert_string_equal(header("Cache-Control"), "no-store");
	assert_string_equal(header("X-Accel-Expires"), "0");
	assert_string_equal(header("ETag"), "");
	status_set_checked(writer, clock_now() - 2 * OCSP_VALIDITY);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_TRYLATER);
	assert_string_equal(header("Cache-Control"), "no-store");
	OPENSSL_free(der);
}

/* The index was looked at by that time, too. */
static void
goes_on_by_the_time_as_it_was_when_the_clock_leaps(void **state)
{
	unsigned char *der;
	struct span body = request_der(GOOD, 0, &der);
	time_t then = (time_t)clock_now() + 1200;
	char text[32];

	(void)state;
	responder.leapt = -1200;
	status_set_leapt(writer, -1200);
	(void)strftime(
	    text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
	status_set_checked(writer, then);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_int_equal(answered(), 0);
	assert_string_equal(header("Last-Modified"), text);
	status_set_leapt(writer, 0);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL, body);
	assert_int_equal(answered(), OCSP_RESPONSE_STATUS_TRYLATER);
	responder.leapt = 0;
	OPENSSL_free(der);
}

/* Or who has taken the follower over has answers of tomorrow by the hundred. */
static void
believes_no_leap_that_it_has_not_seen(void **state)
{
	static const int64_t leaps[] = { -1200, -30 * 86400, INT64_MIN,
		INT64_MAX, 86400 };
	unsigned char *der;
	struct span body = request_der(GOOD, 0, &der);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(leaps) / sizeof(*leaps); i++) {
		status_set_leapt(writer, leaps[i]);
		status_set_checked(writer, clock_now() + 1200);
		serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
		    body);
		assert_int_equal(answered(), OCSP_RESPONSE_STATUS_TRYLATER);
		status_set_checked(writer, clock_now());
		serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
		    body);
		assert_int_equal(answered(), 0);
	}
	OPENSSL_free(der);
}

/* Nor that it was looked at before there was time. */
static void
believes_no_impossible_look(void **state)
{
	static const int64_t looks[] = { INT64_MIN, -1, 0, INT64_MAX };
	unsigned char *der;
	struct span body = request_der(GOOD, 0, &der);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		status_set_checked(writer, looks[i]);
		serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
		    body);
		assert_int_equal(answered(), OCSP_RESPONSE_STATUS_TRYLATER);
	}
	OPENSSL_free(der);
}

/* What is read strictly needs no second look; what was passed over does. */
static void
refuses_subscriber_data_that_is_no_question(void **state)
{
	static const char name[] = "IMSI: 262011234567890";
	OCSP_REQUEST *r = ask_for(ca[0], GOOD);
	X509_NAME *requestor = X509_NAME_new();
	unsigned char *der = NULL, *body;
	int n;

	(void)state;
	serve(METHOD_GET, "/ocsp/imsi-262011234567890", NULL, NULL,
	    span_of("", 0));
	assert_int_equal(reply.status, 400);
	assert_true(reply.withheld);
	body = (unsigned char *)(uintptr_t)name;
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
	    span_of(body, sizeof(name) - 1));
	assert_int_equal(reply.status, 400);
	assert_true(reply.withheld);

	assert_int_equal(X509_NAME_add_entry_by_txt(
			     requestor, "CN", MBSTRING_ASC, body, -1, -1, 0),
	    1);
	assert_int_equal(OCSP_request_set1_name(r, requestor), 1);
	assert_true((n = i2d_OCSP_REQUEST(r, &der)) > 0);
	serve(METHOD_POST, "/ocsp", "application/ocsp-request", NULL,
	    span_of(der, (size_t)n));
	assert_int_equal(reply.status, 400);
	assert_true(reply.withheld);
	OPENSSL_free(der);
	OCSP_REQUEST_free(r);
	X509_NAME_free(requestor);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start_http, stop_http)

/* The one's question with the one's answer, whatever is asked beside it. */
static void
answers_many_at_once(void **state)
{
	static struct request req[KEY_MANY + 1];
	static struct reply replies[KEY_MANY + 1];
	unsigned char *der[KEY_MANY + 1];
	size_t i;

	(void)state;
	for (i = 0; i <= KEY_MANY; i++) {
		req[i] = (struct request){ .method = METHOD_POST,
			.path = "/ocsp",
			.query = "",
			.body_fd = -1,
			.nheaders = 1,
			.headers = {
			    { "Content-Type", "application/ocsp-request" } } };
		req[i].body = request_der(
		    i % 3 == 0 ? REVOKED : GOOD, 8 + (int)i, &der[i]);
		replies[i] = REPLY_EMPTY;
		route_serve(tables, &nobody, &req[i], &replies[i]);
		/* no more than can be kept apart */
		assert_int_equal(replies[i].nresume > 0, i < KEY_MANY);
	}
	assert_int_equal(replies[KEY_MANY].status, 503);
	ocsp_flush();
	for (i = 0; i < KEY_MANY; i++) {
		uint8_t resume[REPLY_RESUME_MAX];
		OCSP_BASICRESP *basic;
		OCSP_RESPONSE *r;
		OCSP_REQUEST *asked;
		const unsigned char *p = der[i];
		int status = -1;

		memcpy(resume, replies[i].resume, replies[i].nresume);
		req[i].resumed = span_of(resume, replies[i].nresume);
		replies[i] = REPLY_EMPTY;
		route_serve(tables, &nobody, &req[i], &replies[i]);
		assert_int_equal(replies[i].status, 200);
		asked = d2i_OCSP_REQUEST(NULL, &p, (long)req[i].body.n);
		p = replies[i].body.p;
		r = d2i_OCSP_RESPONSE(NULL, &p, (long)replies[i].body.n);
		basic = OCSP_response_get1_basic(r);
		assert_non_null(basic);
		assert_int_equal(OCSP_check_nonce(asked, basic), 1);
		status = OCSP_single_get0_status(
		    OCSP_resp_get0(basic, 0), NULL, NULL, NULL, NULL);
		assert_int_equal(status,
		    i % 3 == 0 ? V_OCSP_CERTSTATUS_REVOKED
			       : V_OCSP_CERTSTATUS_GOOD);
		OCSP_BASICRESP_free(basic);
		OCSP_RESPONSE_free(r);
		OCSP_REQUEST_free(asked);
		reply_free(&replies[i]);
	}
	for (i = 0; i <= KEY_MANY; i++)
		OPENSSL_free(der[i]);
	reply_free(&replies[KEY_MANY]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_a_post),
		TEST(answers_many_at_once),
		TEST(answers_every_spelling_of_a_get),
		TEST(calls_a_get_that_is_no_base64_malformed),
		TEST(may_be_cached_as_rfc_5019_says),
		TEST(a_nonce_and_a_refusal_are_for_one_client_alone),
		TEST(goes_on_by_the_time_as_it_was_when_the_clock_leaps),
		TEST(believes_no_leap_that_it_has_not_seen),
		TEST(believes_no_impossible_look),
		TEST(refuses_subscriber_data_that_is_no_question),
	};

	return cmocka_run_group_tests(tests, make_pki, end_pki);
}
