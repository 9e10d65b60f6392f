/*
 * What the handlers of certificates refuse before anything is asked of the
 * database.
 */

#include "../test.h"

#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "base/err.h"

extern const struct route certificate_routes[];
static const struct route *const tables[] = { certificate_routes, NULL };

static void
expect_refused(const char *act, const char *body, const char *code)
{
	char path[128];
	struct reply reply = REPLY_EMPTY;
	struct request req = {
		.method = METHOD_POST,
		.path = path,
		.query = "",
		.body = span_str(body),
		.body_fd = -1,
	};
	const struct route *route;

	(void)snprintf(path, sizeof(path), "/v1/certificates/01ab/%s", act);
	route = route_find(tables, &req, &reply);
	assert_non_null(route);
	assert_int_equal(route->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	if (strcmp(err_code(), code) != 0)
		fail_msg("%s: %s", err_code(), err_text());
	reply_free(&reply);
}

static void
a_revocation_needs_its_reason(void **state)
{
	(void)state;
	expect_refused("revoke", "{}", "FIELD_MISSING");
	expect_refused("revoke", "{\"reason\":1}", "FIELD_TYPE");
	expect_refused("revoke", "{\"reason\":\"\"}", "FIELD_LENGTH");
}

static void
a_date_that_is_none_is_refused(void **state)
{
	(void)state;
	expect_refused("revoke",
	    "{\"reason\":\"keyCompromise\",\"invalidity_date\":\"today\"}",
	    "FIELD_RULE");
}

static void
a_hold_needs_its_legal_basis_and_a_release_its_reason(void **state)
{
	(void)state;
	expect_refused("hold", "{}", "FIELD_MISSING");
	expect_refused("release", "{}", "FIELD_MISSING");
}

static void
an_unknown_field_is_refused(void **state)
{
	(void)state;
	expect_refused("revoke", "{\"reason\":\"superseded\",\"force\":true}",
	    "FIELD_UNKNOWN");
	expect_refused(
	    "hold", "{\"legal_basis\":\"x\",\"days\":3}", "FIELD_UNKNOWN");
}

static void
only_security_officers_act_and_they_sign(void **state)
{
	const struct route *r;

	(void)state;
	for (r = certificate_routes; r->path != NULL; r++) {
		if (r->method != METHOD_POST)
			continue;
		assert_int_equal(r->roles, ROLE_SECURITY);
		assert_true(r->flags & ROUTE_SIGNED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revocation_needs_its_reason),
		cmocka_unit_test(a_date_that_is_none_is_refused),
		cmocka_unit_test(
		    a_hold_needs_its_legal_basis_and_a_release_its_reason),
		cmocka_unit_test(an_unknown_field_is_refused),
		cmocka_unit_test(only_security_officers_act_and_they_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
