/*
 * Who calls, as far as nginx's headers say it; the register's part is tried by
 * tests/system/10-process-tree.sh.
 */

#include "../test.h"

#include <stdio.h>
#include <string.h>

#include "api/auth.h"
#include "api/caller.h"
#include "base/clock.h"
#include "base/err.h"

static const struct route needs = { METHOD_GET, "/v1/whoami", ROLE_ANY, 0, 0,
	NULL, "" };
static const struct route keeps = { METHOD_POST, "/v1/challenges",
	ROLE_OPERATOR, ROUTE_CALLER_KEPT, 0, NULL, "" };
static const struct route open_to_all = { METHOD_GET, "/v1/health", 0,
	ROUTE_PUBLIC, 0, NULL, "" };

static struct request
from(const char *verify, const char *certificate)
{
	struct request req = { .path = "/v1/whoami", .query = "" };

	if (verify != NULL)
		req.headers[req.nheaders++] =
		    (struct request_pair){ "x-client-verify", verify };
	if (certificate != NULL)
		req.headers[req.nheaders++] =
		    (struct request_pair){ "x-client-certificate",
			    certificate };
	return req;
}

static void
refuses(const char *verify, const char *certificate, const char *code)
{
	struct request req = from(verify, certificate);

	assert_int_equal(auth_caller(&needs, &req), -1);
	assert_int_equal(err_kind(), ERR_DENIED);
	assert_string_equal(err_code(), code);
	assert_int_equal(req.principal.id, 0);
}

static void
lets_everybody_in_where_a_route_is_public(void **state)
{
	struct request req = from("FAILED:expired", NULL);

	(void)state;
	assert_int_equal(auth_caller(&open_to_all, &req), 0);
	assert_int_equal(req.principal.id, 0);
}

static void
refuses_who_shows_no_certificate(void **state)
{
	(void)state;
	refuses(NULL, NULL, "UNAUTHENTICATED");
	refuses(NULL, "-----BEGIN", "UNAUTHENTICATED");
	refuses("NONE", NULL, "UNAUTHENTICATED");
	refuses("SUCCESS", NULL, "UNAUTHENTICATED");
	refuses("SUCCESS", "", "UNAUTHENTICATED");
}

static void
refuses_a_certificate_that_tls_has_not_accepted(void **state)
{
	(void)state;
	refuses("FAILED:certificate has expired", "x", "CERTIFICATE_REFUSED");
	refuses("success", "x", "CERTIFICATE_REFUSED");
	refuses("SUCCESS ", "x", "CERTIFICATE_REFUSED");
}

static void
refuses_a_certificate_that_cannot_be_read(void **state)
{
	static const char *const bad[] = { "x", "%", "%4", "%zz", "%00", "%+41",
		"% 1", "-----BEGIN%20CERTIFICATE-----%0AAAA%0A",
		"-----BEGIN%20CERTIFICATE-----%0A!!!!%0A-----END%20"
		"CERTIFICATE-----%0A" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses("SUCCESS", bad[i], "UNAUTHENTICATED");
}

static void
reads_what_nginx_escapes(void **state)
{
	struct buf der = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    auth_certificate("-----BEGIN%20CERTIFICATE-----%0AAQIDBP%2B%2F"
			     "%0A-----END%20CERTIFICATE-----%0A",
		&der),
	    0);
	assert_int_equal(der.n, 6);
	assert_memory_equal(der.p, "\x01\x02\x03\x04\xff\xbf", 6);
	buf_free(&der);
}

/* What nginx says of somebody where callers of before are known. */
static struct request
known(const char *by, const char *verify, const char *certificate)
{
	struct request req = from(verify, certificate);

	req.headers[req.nheaders++] =
	    (struct request_pair){ "X-Client-Known-By", by };
	req.headers[req.nheaders++] =
	    (struct request_pair){ "X-Client-Ask-At", "@shown" };
	return req;
}

#define ONE	"0aB1c2d3e4f5061728394a5b6c7d8e9f00112233"
#define ANOTHER "0aB1c2d3e4f5061728394a5b6c7d8e9f00112234"

static void
knows_a_caller_of_before(void **state)
{
	struct request req = known(ONE, "SUCCESS", NULL);

	(void)state;
	assert_false(caller_kept(&req));
	req.principal = (struct principal){
		.id = 7, .role = ROLE_OPERATOR, .ends = clock_now() + 5
	};
	caller_keep(&req);
	req = known(ONE, "SUCCESS", NULL);
	assert_int_equal(auth_caller(&keeps, &req), 0);
	assert_int_equal(req.principal.id, 7);
	assert_null(req.ask_at);
	/* until its certificate has ended, which nginx does not know */
	req.principal.ends = clock_now() - 1;
	caller_keep(&req);
	req = known(ONE, "SUCCESS", NULL);
	assert_int_equal(auth_caller(&keeps, &req), -1);
	assert_string_equal(req.ask_at, "@shown");
}

/* by: what another is known by; nobody is taken for somebody else. */
static void
asks_for_it(const char *by)
{
	struct request req = known(by, "SUCCESS", NULL);

	assert_int_equal(auth_caller(&keeps, &req), -1);
	assert_string_equal(err_code(), "UNAUTHENTICATED");
	assert_int_equal(req.principal.id, 0);
	assert_string_equal(req.ask_at, "@shown");
}

static void
asks_for_the_certificate_of_whom_it_does_not_know(void **state)
{
	static const char *const others[] = { ANOTHER, "", "0", "0a", "0ax",
		"-", ONE " ", ONE "0", " " ONE, ONE ONE ONE };
	struct request req = known(ONE, "SUCCESS", NULL);
	size_t i;

	(void)state;
	req.principal.id = 7;
	req.principal.ends = INT64_MAX;
	caller_keep(&req);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		asks_for_it(others[i]);
}

/* It is not in the register's place: what must be looked up now, is. */
static void
asks_for_it_where_nobody_is_remembered(void **state)
{
	struct request req = known(ONE, "SUCCESS", NULL);

	(void)state;
	req.principal.id = 7;
	req.principal.ends = INT64_MAX;
	caller_keep(&req);
	req = known(ONE, "SUCCESS", NULL);
	assert_int_equal(auth_caller(&needs, &req), -1);
	assert_int_equal(req.principal.id, 0);
	assert_string_equal(req.ask_at, "@shown");
}

static void
does_not_ask_for_what_tls_has_not_accepted(void **state)
{
	static const char *const bad[] = { NULL, "NONE", "FAILED:expired",
		"success" };
	struct request req = known(ONE, "SUCCESS", NULL);
	size_t i;

	(void)state;
	req.principal.id = 7;
	req.principal.ends = INT64_MAX;
	caller_keep(&req);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req = known(ONE, bad[i], NULL);
		assert_int_equal(auth_caller(&keeps, &req), -1);
		assert_int_equal(req.principal.id, 0);
		assert_null(req.ask_at);
	}
}

/* A certificate's hash is kept by the same name, and for nobody else. */
static void
remembers_a_certificates_hash(void **state)
{
	static const char *const others[] = { ANOTHER, "", "0ax", ONE "0" };
	struct request req = known(ONE, "SUCCESS", NULL);
	uint8_t sha256[32] = { 1, 2, 3 }, got[32] = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(auth_client_sha256(&req, got), -1);
	assert_string_equal(req.ask_at, "@shown");
	caller_certificate_keep(&req, sha256, INT64_MAX);
	req = known(ONE, "SUCCESS", NULL);
	assert_int_equal(auth_client_sha256(&req, got), 0);
	assert_memory_equal(got, sha256, sizeof(got));
	assert_null(req.ask_at);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		req = known(others[i], "SUCCESS", NULL);
		assert_int_equal(auth_client_sha256(&req, got), -1);
		assert_string_equal(req.ask_at, "@shown");
	}
	req = known(ONE, "SUCCESS", NULL);
	caller_certificate_keep(&req, sha256, 0); /* has ended */
	assert_int_equal(auth_client_sha256(&req, got), -1);
	assert_string_equal(req.ask_at, "@shown");
	req = known(ONE, "FAILED:expired", NULL);
	assert_int_equal(auth_client_sha256(&req, got), -1);
	assert_string_equal(err_code(), "CERTIFICATE_REFUSED");
	assert_null(req.ask_at);
}

static void
names_roles(void **state)
{
	char text[ROLE_TEXT_MAX];

	(void)state;
	assert_int_equal(role_parse("officer"), ROLE_OFFICER);
	assert_int_equal(role_parse("Officer"), 0);
	assert_int_equal(role_parse(""), 0);
	assert_string_equal(role_write(ROLE_READER, text), "reader");
	assert_string_equal(role_write(ROLE_OFFICER | ROLE_DECIDER, text),
	    "officer or decider");
	assert_string_equal(role_write(ROLE_ANY, text),
	    "officer, decider, auditor, supplier, operator, security or "
	    "reader");
	assert_string_equal(role_write(0, text), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_everybody_in_where_a_route_is_public),
		cmocka_unit_test(refuses_who_shows_no_certificate),
		cmocka_unit_test(
		    refuses_a_certificate_that_tls_has_not_accepted),
		cmocka_unit_test(refuses_a_certificate_that_cannot_be_read),
		cmocka_unit_test(reads_what_nginx_escapes),
		cmocka_unit_test(knows_a_caller_of_before),
		cmocka_unit_test(
		    asks_for_the_certificate_of_whom_it_does_not_know),
		cmocka_unit_test(asks_for_it_where_nobody_is_remembered),
		cmocka_unit_test(does_not_ask_for_what_tls_has_not_accepted),
		cmocka_unit_test(remembers_a_certificates_hash),
		cmocka_unit_test(names_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
