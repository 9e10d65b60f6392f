/*
 * Bodies of models, CoCs, measures and declarations: what is refused before
 * the database is asked.  A request without a database stands for that: a
 * handler that got so far would end the test.
 */

#include "tests/unit/test.h"

#include <string.h>

#include "api/route.h"
#include "base/err.h"
#include "tests/unit/api/find_handler.h"

extern const struct route coc_routes[];
extern const struct route declaration_routes[];
extern const struct route external_certificate_routes[];
extern const struct route measure_routes[];
extern const struct route model_routes[];
extern const struct route ruleset_routes[];
extern const struct route tre_kind_routes[];

static void
refuses(const struct route *table, const char *path, const char *body,
    const char *naming)
{
	struct request req = { .method = METHOD_POST,
		.path = path,
		.query = "",
		.body = span_str(body),
		.body_fd = -1,
		/* the others are not looked at before the body is */
		.params = { { "name", "tre-robustness" }, { "version", "2" } },
		.nparams = 2 };
	struct reply reply = REPLY_EMPTY;

	assert_int_equal(
	    find(table, METHOD_POST, path)->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	if (strstr(err_text(), naming) == NULL)
		fail_msg("\"%s\" does not name %s", err_text(), naming);
	reply_free(&reply);
}

#define MODEL                                                                  \
	"{\"handle\":\"tre-1\",\"kind\":\"tre\",\"organisation\":\"acme\","    \
	"\"name\":\"T\",\"version\":\"1\""

static void
a_model_is_read_strictly(void **state)
{
	(void)state;
	refuses(model_routes, "/v1/models", "", "JSON");
	refuses(model_routes, "/v1/models", "[]", "object");
	refuses(model_routes, "/v1/models", MODEL ",\"x\":1}", "x");
	refuses(model_routes, "/v1/models", MODEL ",\"tacs\":[1]}", "tacs");
	refuses(
	    model_routes, "/v1/models", MODEL ",\"tre_kind\":7}", "tre_kind");
	refuses(model_routes, "/v1/models", MODEL ",\"least_firmware\":\"\"}",
	    "least_firmware");
	refuses(model_routes, "/v1/models", MODEL ",\"name\":\"U\"}", "");
	refuses(model_routes, "/v1/models", "{\"handle\":\"A\"}", "handle");
}

#define COC "{\"model\":\"tre-1\",\"site\":\"fab\",\"quota\":1,"

static void
a_coc_is_proposed_in_bounds(void **state)
{
	(void)state;
	refuses(coc_routes, "/v1/cocs", COC "\"valid_days\":1,\"level\":0}",
	    "level");
	refuses(coc_routes, "/v1/cocs", COC "\"valid_days\":1,\"level\":5}",
	    "level");
	refuses(coc_routes, "/v1/cocs", COC "\"valid_days\":1,\"level\":2.0}",
	    "level");
	refuses(coc_routes, "/v1/cocs", COC "\"valid_days\":0,\"level\":2}",
	    "valid_days");
	refuses(coc_routes, "/v1/cocs", COC "\"level\":2}", "valid_days");
	refuses(coc_routes, "/v1/cocs",
	    "{\"model\":\"tre-1\",\"level\":2,\"valid_days\":1,\"quota\":-1}",
	    "quota");
	refuses(coc_routes, "/v1/cocs",
	    COC "\"valid_days\":1,\"level\":2,\"state\":\"certified\"}",
	    "state");
	refuses(coc_routes, "/v1/cocs",
	    COC "\"valid_days\":1,\"level\":2,\"grace_days\":366}",
	    "grace_days");
	refuses(coc_routes, "/v1/cocs",
	    COC "\"valid_days\":1,\"level\":2,\"on_expired\":\"ignore\"}",
	    "on_expired");
	refuses(coc_routes, "/v1/cocs",
	    COC "\"valid_days\":1,\"level\":2,\"on_withdrawn\":\"permit\"}",
	    "on_withdrawn");
	refuses(coc_routes, "/v1/cocs",
	    COC "\"valid_days\":1,\"level\":2,"
		"\"external_certificates\":\"EXT-2026-000001\"}",
	    "external_certificates");
}

#define DECLARATION "/v1/declarations/{declaration}"

static void
a_challenge_says_which_rules_and_why(void **state)
{
	(void)state;
	refuses(declaration_routes, DECLARATION "/challenge",
	    "{\"ground\":\"x\"}", "rules");
	refuses(declaration_routes, DECLARATION "/challenge",
	    "{\"rules\":[],\"ground\":\"x\"}", "rules");
	refuses(declaration_routes, DECLARATION "/challenge",
	    "{\"rules\":[\"SB-3\"]}", "ground");
	refuses(declaration_routes, DECLARATION "/challenge",
	    "{\"rules\":[\"SB-3\"],\"ground\":\"x\",\"evidence\":7}",
	    "evidence");
	refuses(declaration_routes, DECLARATION "/answer", "{}", "answer");
	refuses(declaration_routes, DECLARATION "/uphold", "{}", "reason");
	refuses(declaration_routes, DECLARATION "/refute",
	    "{\"reason\":\"x\",\"freeze\":\"yes\"}", "freeze");
}

#define KIND "{\"what\":\"x\",\"ruleset\":\"tre-robustness\","

static void
a_kind_of_tre_is_read_strictly(void **state)
{
	(void)state;
	refuses(tre_kind_routes, "/v1/tre-kinds",
	    KIND "\"default_mode\":\"platform_only\"}", "name");
	refuses(tre_kind_routes, "/v1/tre-kinds",
	    KIND "\"default_mode\":\"none\",\"name\":\"soft\"}",
	    "default_mode");
	refuses(tre_kind_routes, "/v1/tre-kinds",
	    KIND "\"default_mode\":\"platform_only\",\"name\":\"So-ft\"}",
	    "name");
}

#define EXTERNAL                                                               \
	"{\"scheme\":\"psa\",\"model\":\"soc\",\"certificate\":\"1\","         \
	"\"level\":\"2\",\"issuer\":\"lab\",\"valid_from\":"                   \
	"\"2026-01-01T00:00:00Z\","

static void
an_external_certificate_names_its_end_and_its_evidence(void **state)
{
	static const char path[] = "/v1/external-certificates";

	(void)state;
	refuses(external_certificate_routes, path, EXTERNAL "\"evidence\":7}",
	    "expires");
	refuses(external_certificate_routes, path,
	    EXTERNAL "\"expires\":\"2028-01-01T00:00:00Z\"}", "evidence");
	refuses(external_certificate_routes, path,
	    EXTERNAL "\"expires\":\"soon\"}", "expires");
	refuses(external_certificate_routes,
	    "/v1/external-certificates/{external_certificate}/withdraw", "{}",
	    "reason");
	refuses(external_certificate_routes,
	    "/v1/external-certificates/{external_certificate}/accept",
	    "{\"x\":1}", "x");
}

static void
a_transition_is_a_time(void **state)
{
	(void)state;
	refuses(ruleset_routes, "/v1/rulesets/{name}/{version}/adopt", "{}",
	    "transition");
	refuses(ruleset_routes, "/v1/rulesets/{name}/{version}/adopt",
	    "{\"transition\":\"next year\"}", "transition");
}

static void
a_change_of_a_coc_takes_a_reason(void **state)
{
	(void)state;
	refuses(coc_routes, "/v1/cocs/{coc}/suspend", "{}", "reason");
	refuses(coc_routes, "/v1/cocs/{coc}/reinstate", "{\"reason\":\"\"}",
	    "reason");
	refuses(coc_routes, "/v1/cocs/{coc}/withdraw",
	    "{\"reason\":\"x\",\"now\":true}", "now");
}

#define MEASURE                                                                \
	"{\"scope_kind\":\"model\",\"scope\":\"tre-1\",\"legal_basis\":\"x\","

static void
a_measure_is_one_that_is_carried_out(void **state)
{
	(void)state;
	refuses(measure_routes, "/v1/measures", MEASURE "\"kind\":\"fine\"}",
	    "kind");
	refuses(measure_routes, "/v1/measures",
	    MEASURE "\"kind\":\"ban\",\"deadline\":\"soon\"}", "deadline");
	refuses(measure_routes, "/v1/measures",
	    MEASURE "\"kind\":\"ban\",\"effect\":\"fine\"}", "effect");
	refuses(measure_routes, "/v1/measures/{measure}/adopt",
	    MEASURE "\"kind\":\"ban\",\"emergency\":true}", "emergency");
	refuses(
	    measure_routes, "/v1/measures/{measure}/dismiss", "{}", "reason");
	refuses(measure_routes, "/v1/measures/{measure}/appeal",
	    "{\"ground\":\"x\",\"evidence\":[\"ab\"]}", "evidence");
	refuses(measure_routes, "/v1/measures/{measure}/correct", "{}", "what");
	refuses(measure_routes, "/v1/measures",
	    MEASURE "\"kind\":\"hold\",\"emergency\":\"yes\"}", "emergency");
	refuses(measure_routes, "/v1/measures",
	    MEASURE "\"kind\":\"hold\",\"lapses\":null}", "lapses");
	refuses(measure_routes, "/v1/measures",
	    "{\"kind\":\"hold\",\"scope_kind\":\"device\",\"scope\":\"x\","
	    "\"legal_basis\":\"x\"}",
	    "scope_kind");
	refuses(measure_routes, "/v1/measures/{measure}/lift", "{}", "reason");
	refuses(measure_routes, "/v1/measures/{measure}/confirm",
	    "{\"x\":\"y\"}", "x");
}

static void
an_act_without_terms_takes_an_empty_object(void **state)
{
	(void)state;
	refuses(model_routes, "/v1/models/{model}/register",
	    "{\"state\":\"registered\"}", "state");
	refuses(declaration_routes, "/v1/declarations/{declaration}/accept",
	    "null", "JSON");
	refuses(declaration_routes, "/v1/declarations/{declaration}/withdraw",
	    "{\"reason\":\"x\"}", "reason");
}

static void
a_declaration_is_a_jws(void **state)
{
	(void)state;
	refuses(declaration_routes, "/v1/declarations", "{}", "declaration");
	refuses(declaration_routes, "/v1/declarations",
	    "{\"declaration\":\"abc\"}", "declaration");
	refuses(declaration_routes, "/v1/declarations",
	    "{\"declaration\":\"e30.e30.\"}", "declaration");
}

static void
the_version_of_a_rule_set_is_a_number(void **state)
{
	static const char *const bad[] = { "", "x", "1x", "-1", "1234567" };
	struct request req = { .method = METHOD_GET,
		.params = { { "name", "tre-robustness" }, { "version", "" } },
		.nparams = 2 };
	struct reply reply = REPLY_EMPTY;
	const struct route *route;
	size_t i;

	(void)state;
	route =
	    find(ruleset_routes, METHOD_GET, "/v1/rulesets/{name}/{version}");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.params[1].value = bad[i];
		assert_int_equal(route->handler(&req, &reply), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
	}
	reply_free(&reply);
}

/* What changes something is signed, and open to those roles only. */
static void
every_act_is_signed_and_takes_its_role(void **state)
{
	const struct route *const tables[] = { coc_routes, declaration_routes,
		measure_routes, model_routes, ruleset_routes, tre_kind_routes,
		external_certificate_routes };
	const struct route *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (r = tables[i]; r->path != NULL; r++) {
			if (r->method == METHOD_GET)
				continue;
			assert_true(r->flags & ROUTE_SIGNED);
			assert_int_equal(
			    r->roles & (ROLE_OPERATOR | ROLE_READER), 0);
			/* auditors report; the one thing they may is doubt */
			if (strstr(r->path, "/challenge") == NULL)
				assert_int_equal(r->roles & ROLE_AUDITOR, 0);
			if (tables[i] == coc_routes)
				assert_int_equal(r->roles, ROLE_DECIDER);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_is_read_strictly),
		cmocka_unit_test(a_coc_is_proposed_in_bounds),
		cmocka_unit_test(a_challenge_says_which_rules_and_why),
		cmocka_unit_test(a_kind_of_tre_is_read_strictly),
		cmocka_unit_test(
		    an_external_certificate_names_its_end_and_its_evidence),
		cmocka_unit_test(a_transition_is_a_time),
		cmocka_unit_test(a_change_of_a_coc_takes_a_reason),
		cmocka_unit_test(a_measure_is_one_that_is_carried_out),
		cmocka_unit_test(an_act_without_terms_takes_an_empty_object),
		cmocka_unit_test(a_declaration_is_a_jws),
		cmocka_unit_test(the_version_of_a_rule_set_is_a_number),
		cmocka_unit_test(every_act_is_signed_and_takes_its_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
