/*
 * Reading headers, the query, percent-encoding.
 */

#include "../test.h"

#include <string.h>

#include "api/request.h"
#include "base/err.h"

static struct request
with_query(const char *query)
{
	return (struct request){ .query = query };
}

static void
finds_headers_without_regard_to_case(void **state)
{
	struct request req = { .nheaders = 1,
		.headers = { { "Content-Type", "Application/JSON ; q=1" } } };

	(void)state;
	assert_string_equal(
	    request_header(&req, "content-type"), "Application/JSON ; q=1");
	assert_null(request_header(&req, "content"));
	assert_true(request_has_type(&req, "application/json"));
	assert_false(request_has_type(&req, "application/jso"));
	assert_false(request_has_type(&req, "application/jsonx"));
}

static void
reads_what_a_caller_accepts(void **state)
{
	struct request req = { .nheaders = 1,
		.headers = { { "Accept",
		    "text/html, application/x-pem-file;q=0.9,*/*" } } };

	(void)state;
	assert_true(request_accepts(&req, "application/x-pem-file"));
	assert_true(request_accepts(&req, "text/html"));
	assert_false(request_accepts(&req, "application/json"));
	req.nheaders = 0;
	assert_false(request_accepts(&req, "text/html"));
}

static void
reads_query_parameters(void **state)
{
	struct request req = with_query("state=open&&name=a%20b+c&empty=&bare");
	char text[16];

	(void)state;
	assert_int_equal(request_query(&req, "state", text, sizeof(text)), 1);
	assert_string_equal(text, "open");
	assert_int_equal(request_query(&req, "name", text, sizeof(text)), 1);
	assert_string_equal(text, "a b+c");
	assert_int_equal(request_query(&req, "empty", text, sizeof(text)), 1);
	assert_string_equal(text, "");
	assert_int_equal(request_query(&req, "bare", text, sizeof(text)), 1);
	assert_string_equal(text, "");
	assert_int_equal(request_query(&req, "tat", text, sizeof(text)), 0);
}

static void
refuses_a_query(const char *query)
{
	struct request req = with_query(query);
	char text[8];

	assert_int_equal(request_query(&req, "a", text, sizeof(text)), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
}

static void
refuses_malformed_query_parameters(void **state)
{
	(void)state;
	refuses_a_query("a=1&a=2");
	refuses_a_query("a=%2");
	refuses_a_query("a=%");
	refuses_a_query("a=%xy");
	refuses_a_query("a=%00");
	refuses_a_query("a=12345678");
}

static void
refuses_query_parameters_that_nobody_knows(void **state)
{
	static const char *const known[] = { "state", "after", NULL };
	struct request req = with_query("state=1&after=2");

	(void)state;
	assert_int_equal(request_query_known(&req, known), 0);
	req = with_query("state=1&stat=2");
	assert_int_equal(request_query_known(&req, known), -1);
	assert_string_equal(err_code(), "QUERY_UNKNOWN");
	req = with_query("");
	assert_int_equal(request_query_known(&req, known), 0);
}

static void
nothing_is_called_what_is_no_uuid(void **state)
{
	struct request req = with_query("");

	(void)state;
	req.params[0] = (struct request_pair){ "custody",
		"f90cdbdf-bd77-4a07-9844-cbeda66c5f12" };
	req.nparams = 1;
	assert_int_equal(request_param_uuid(&req, "custody"), 0);
	req.params[0].value = "f90cdbdf";
	assert_int_equal(request_param_uuid(&req, "custody"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_non_null(strstr(err_text(), "custody \"f90cdbdf\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_headers_without_regard_to_case),
		cmocka_unit_test(reads_what_a_caller_accepts),
		cmocka_unit_test(reads_query_parameters),
		cmocka_unit_test(refuses_malformed_query_parameters),
		cmocka_unit_test(refuses_query_parameters_that_nobody_knows),
		cmocka_unit_test(nothing_is_called_what_is_no_uuid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
