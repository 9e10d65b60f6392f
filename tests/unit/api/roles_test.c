/*
 * Every route has its line in policy/roles.txt, and every line its route; what
 * changes anything is signed.
 */

#include "tests/unit/test.h"

#include "tests/unit/api/roles_table.h"

/* The roles of a route as the table writes them. */
static const char *
roles_text(const struct route *r)
{
	static char text[128];
	char word[ROLE_TEXT_MAX];
	unsigned left = r->roles;
	size_t n = 0;

	if (r->flags & ROUTE_PUBLIC)
		return "anybody";
	if (r->roles == ROLE_ANY)
		return "all";
	text[0] = '\0';
	if ((left & ROLE_BODY) == ROLE_BODY) {
		n = (size_t)snprintf(text, sizeof(text), "body");
		left &= ~(unsigned)ROLE_BODY;
	}
	for (unsigned bit = 1; bit <= ROLE_ANY; bit <<= 1)
		if (left & bit)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%s", n > 0 ? "," : "", role_write(bit, word));
	return text;
}

static void
every_route_has_its_line(void **state)
{
	const struct role_rule *rule;
	const struct route *r;

	(void)state;
	nwrong = 0;
	EACH_ROUTE(r)
	{
		rule = rule_of(method_text(r->method), r->path);
		if (rule == NULL || strcmp(rule->roles, roles_text(r)) != 0)
			wrong("policy/roles.txt: %-6s %-45s %s\n",
			    method_text(r->method), r->path, roles_text(r));
	}
	assert_int_equal(nwrong, 0);
}

static bool
is_route(const struct role_rule *rule)
{
	const struct route *r;

	EACH_ROUTE(r)
	{
		if (strcmp(method_text(r->method), rule->method) == 0 &&
		    strcmp(r->path, rule->what) == 0)
			return true;
	}
	return false;
}

static void
no_line_is_about_nothing(void **state)
{
	const struct role_rule *rule;
	const char *states[32];
	size_t i;

	(void)state;
	nwrong = 0;
	for (i = 0; (rule = policy_role_each(i)) != NULL; i++) {
		if (rule_of(rule->method, rule->what) != rule)
			wrong(
			    "%s %s has two lines\n", rule->method, rule->what);
		if (strcmp(rule->method, "act") == 0)
			continue;
		if (!is_route(rule))
			wrong("%s %s is no route\n", rule->method, rule->what);
		if (rule->subject[0] != '\0' &&
		    states_of(rule->subject, states) == 0)
			wrong("%s %s: %s has no states\n", rule->method,
			    rule->what, rule->subject);
	}
	assert_int_equal(nwrong, 0);
}

/* What changes anything is signed, but for what says so here. */
static void
every_act_is_signed(void **state)
{
	static const char *const others[] = {
		"/v1/lots",		    /* its manifest's header is */
		"/v1/open-lots",	    /* all of it is */
		"/.well-known/cmp/p/{lot}", /* the message is */
		"/.well-known/cmp/p/{lot}/{operation}",
		"/.well-known/est/{lot}/simpleenroll", /* the request is */
		"/.well-known/est/{lot}/simplereenroll",
		"/.well-known/est/simpleenroll",
		"/.well-known/est/simplereenroll",
		"/.well-known/est/{lot}/serverkeygen", /* does nothing */
		"/v1/evidence/{sha256}", /* named by its own hash */
		"/v1/tamper-reports",	 /* by the device */
		"/v1/delegated-cas/{delegated_ca}/crl", /* by the CA */
		"/v1/challenges",
		"/v1/decisions", /* questions */
		"/v1/decisions/batch",
		"/v1/receipts/verify",
	};
	const struct route *r;
	size_t i;

	(void)state;
	EACH_ROUTE(r)
	{
		if (r->method == METHOD_GET || (r->flags & ROUTE_SIGNED))
			continue;
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (strcmp(others[i], r->path) == 0)
				break;
		if (i == sizeof(others) / sizeof(others[0]))
			fail_msg("%s %s is not signed", method_text(r->method),
			    r->path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_has_its_line),
		cmocka_unit_test(no_line_is_about_nothing),
		cmocka_unit_test(every_act_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
