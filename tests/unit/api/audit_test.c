/*
 * Bodies about sites, audits and evidence: what is refused before the database
 * is asked.  A request without a database stands for that: a handler that got
 * so far would end the test.
 */

#include "tests/unit/test.h"

#include <string.h>

#include "api/route.h"
#include "base/err.h"
#include "tests/unit/api/find_handler.h"

extern const struct route audit_routes[];
extern const struct route evidence_routes[];
extern const struct route finding_routes[];
extern const struct route site_routes[];

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA    HASH_A HASH_A

static int
call(const struct route *table, enum method method, const char *path,
    const char *body, const char *sha256)
{
	struct request req = { .method = method,
		.path = path,
		.query = "",
		.body = span_str(body),
		.body_fd = -1,
		.params = { { "audit", "AUD-2026-000001" }, { "site", "ulm" },
		    { "sha256", sha256 }, { "finding", "FND-2026-000001" } },
		.nparams = 4 };
	struct reply reply = REPLY_EMPTY;
	int rc = find(table, method, path)->handler(&req, &reply);

	reply_free(&reply);
	return rc;
}

static void
refuses(const struct route *table, const char *path, const char *body,
    const char *naming)
{
	assert_int_equal(call(table, METHOD_POST, path, body, SHA), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	if (strstr(err_text(), naming) == NULL)
		fail_msg("\"%s\" does not name %s", err_text(), naming);
}

#define SITE                                                                   \
	"{\"handle\":\"ulm\",\"organisation\":\"acme\",\"name\":\"U\","        \
	"\"address\":\"A\""

static void
a_site_is_read_strictly(void **state)
{
	(void)state;
	refuses(site_routes, "/v1/sites", "{}", "handle");
	refuses(site_routes, "/v1/sites", SITE "}", "country");
	refuses(
	    site_routes, "/v1/sites", SITE ",\"country\":\"DEU\"}", "country");
	refuses(
	    site_routes, "/v1/sites", SITE ",\"country\":\"DE\"}", "scopes");
	refuses(site_routes, "/v1/sites",
	    SITE ",\"country\":\"DE\",\"scopes\":[]}", "scopes");
	refuses(site_routes, "/v1/sites",
	    SITE ",\"country\":\"DE\",\"scopes\":[\"delegated_ca\"],"
		 "\"state\":\"full\"}",
	    "state");
}

#define PLAN "{\"site\":\"ulm\",\"scopes\":[\"delegated_ca\"]"

static void
a_planned_audit_is_read_strictly(void **state)
{
	const char *path = "/v1/audits";

	(void)state;
	refuses(audit_routes, path, PLAN ",\"type\":\"damp\"}", "type");
	refuses(audit_routes, path,
	    PLAN ",\"type\":\"wet\",\"auditors\":[\"a1\"]}", "auditors");
	refuses(audit_routes, path,
	    PLAN ",\"type\":\"wet\",\"auditors\":[\"a1\",\"a2\",\"a3\"]}",
	    "auditors");
	refuses(audit_routes, path,
	    PLAN ",\"type\":\"wet\",\"auditors\":[\"a1\",\"a2\"],"
		 "\"planned\":\"2026-02-30\"}",
	    "planned");
}

#define REPORT "{\"result\":\"compliant\",\"ended\":\"2026-11-24T00:00:00Z\""

static void
a_report_names_evidence_by_its_hash(void **state)
{
	const char *path = "/v1/audits/{audit}/report";

	(void)state;
	refuses(audit_routes, path, "{\"result\":\"fine\"}", "result");
	refuses(audit_routes, path,
	    "{\"result\":\"compliant\",\"ended\":\"yesterday\"}", "ended");
	refuses(audit_routes, path, REPORT "}", "report");
	refuses(audit_routes, path, REPORT ",\"report\":\"abc\"}", "report");
	refuses(audit_routes, path,
	    REPORT ",\"report\":\"" SHA "\",\"evidence\":[\"abc\"],"
		   "\"summary\":\"s\"}",
	    "evidence");
	refuses(
	    audit_routes, path, REPORT ",\"report\":\"" SHA "\"}", "summary");
}

static void
an_act_without_terms_takes_none(void **state)
{
	static const char *const paths[] = { "/v1/audits/{audit}/start",
		"/v1/audits/{audit}/cancel" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		refuses(audit_routes, paths[i], "{\"force\":true}", "force");
	refuses(audit_routes, "/v1/audits/{audit}/decide", "{}", "result");
	refuses(audit_routes, "/v1/audits/{audit}/confirm", "{}", "result");
	refuses(audit_routes, "/v1/audits/{audit}/confirm",
	    "{\"result\":\"compliant\"}", "ended");
	refuses(
	    audit_routes, "/v1/audits/{audit}/confirm", REPORT "}", "report");
}

static void
evidence_is_named_by_64_hex_digits(void **state)
{
	static const char *const wrong[] = { "abc", SHA "0", HASH_A,
		"../../etc/passwd", "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" HASH_A };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(call(evidence_routes, METHOD_PUT,
				     "/v1/evidence/{sha256}", "", wrong[i]),
		    -1);
		assert_string_equal(err_code(), "SHA256_MALFORMED");
		assert_int_equal(
		    call(evidence_routes, METHOD_GET,
			"/v1/evidence/{sha256}/content", "", wrong[i]),
		    -1);
		assert_string_equal(err_code(), "SHA256_MALFORMED");
		assert_int_equal(
		    call(evidence_routes, METHOD_POST,
			"/v1/evidence/{sha256}/accept", "{}", wrong[i]),
		    -1);
		assert_string_equal(err_code(), "SHA256_MALFORMED");
	}
}

static void
a_verdict_on_evidence_is_read_strictly(void **state)
{
	(void)state;
	refuses(evidence_routes, "/v1/evidence/{sha256}/accept",
	    "{\"by\":\"me\"}", "by");
	refuses(evidence_routes, "/v1/evidence/{sha256}/reject",
	    "{\"reason\":1}", "reason");
}

static void
what_ends_evidence_is_read_strictly(void **state)
{
	(void)state;
	refuses(evidence_routes, "/v1/evidence/{sha256}/accept",
	    "{\"valid_until\":\"soon\"}", "valid_until");
	refuses(evidence_routes, "/v1/evidence/{sha256}/reject",
	    "{\"reason\":\"r\",\"valid_until\":\"2027-01-01T00:00:00Z\"}",
	    "valid_until");
	refuses(evidence_routes, "/v1/evidence/{sha256}/supersede", "{}", "by");
	refuses(evidence_routes, "/v1/evidence/{sha256}/supersede",
	    "{\"by\":\"abc\"}", "by");
	refuses(
	    evidence_routes, "/v1/evidence/{sha256}/repudiate", "{}", "reason");
	refuses(evidence_routes, "/v1/evidence/{sha256}/repudiate",
	    "{\"reason\":\"r\",\"force\":true}", "force");
}

#define FOUND "{\"audit\":\"AUD-2026-000001\",\"scope\":\"delegated_ca\""
#define ONE   "/v1/findings/{finding}/"

static void
a_finding_is_read_strictly(void **state)
{
	(void)state;
	refuses(finding_routes, "/v1/findings", "{}", "audit");
	refuses(finding_routes, "/v1/findings",
	    "{\"audit\":\"A\",\"scope\":\"kitchen\"}", "scope");
	refuses(finding_routes, "/v1/findings", FOUND "}", "severity");
	refuses(finding_routes, "/v1/findings",
	    FOUND ",\"severity\":\"grave\"}", "severity");
	refuses(finding_routes, "/v1/findings",
	    FOUND ",\"severity\":\"minor\"}", "text");
	refuses(finding_routes, "/v1/findings",
	    FOUND ",\"severity\":\"minor\",\"text\":\"t\",\"due\":1}", "due");
	refuses(finding_routes, ONE "amend",
	    FOUND ",\"severity\":\"minor\",\"text\":\"t\"}", "audit");
}

static void
what_is_said_to_a_finding_is_read_strictly(void **state)
{
	(void)state;
	refuses(finding_routes, ONE "respond", "{}", "text");
	refuses(finding_routes, ONE "respond",
	    "{\"text\":\"t\",\"evidence\":[\"abc\"]}", "evidence");
	refuses(finding_routes, ONE "plan", "{\"text\":\"t\"}", "day");
	refuses(finding_routes, ONE "plan",
	    "{\"text\":\"t\",\"day\":\"2026-02-30\"}", "day");
	refuses(finding_routes, ONE "accept-plan", "{\"day\":1}", "day");
	refuses(finding_routes, ONE "reject-plan", "{\"reason\":1}", "reason");
	refuses(finding_routes, ONE "close", "{}", "evidence");
	refuses(finding_routes, ONE "close", "{\"evidence\":[]}", "evidence");
}

static void
a_list_takes_a_state_and_where_to_go_on(void **state)
{
	struct request req = { .method = METHOD_GET,
		.path = "/v1/audits",
		.query = "order=asc",
		.body_fd = -1 };
	struct reply reply = REPLY_EMPTY;
	const struct route *r = find(audit_routes, METHOD_GET, "/v1/audits");

	(void)state;
	assert_int_equal(r->handler(&req, &reply), -1);
	assert_string_equal(err_code(), "QUERY_UNKNOWN");
	req.query = "state=planned&state=closed";
	assert_int_equal(r->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	reply_free(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_is_read_strictly),
		cmocka_unit_test(a_planned_audit_is_read_strictly),
		cmocka_unit_test(a_report_names_evidence_by_its_hash),
		cmocka_unit_test(an_act_without_terms_takes_none),
		cmocka_unit_test(evidence_is_named_by_64_hex_digits),
		cmocka_unit_test(a_verdict_on_evidence_is_read_strictly),
		cmocka_unit_test(what_ends_evidence_is_read_strictly),
		cmocka_unit_test(a_finding_is_read_strictly),
		cmocka_unit_test(what_is_said_to_a_finding_is_read_strictly),
		cmocka_unit_test(a_list_takes_a_state_and_where_to_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
