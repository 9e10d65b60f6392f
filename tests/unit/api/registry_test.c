/*
 * Bodies and addresses of organisations, principals and proposals: what is
 * refused before the database is asked.  A request without a database stands
 * for that: a handler that got so far would end the test.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "api/array.h"
#include "api/route.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "tests/unit/api/find_handler.h"
#include "x509/csr.h"

extern const struct route organisation_routes[];
extern const struct route principal_routes[];
extern const struct route proposal_routes[];
extern const struct route site_routes[];

/* What the handler of that template says of the body. */
static void
refuses_with(const struct route *table, const char *path, const char *proposal,
    const char *body, const char *naming)
{
	struct request req = { .method = METHOD_POST,
		.path = path,
		.query = "",
		.body = span_str(body),
		.body_fd = -1,
		.params = { { "organisation", "acme" },
		    { "principal", "acme-1" }, { "proposal", proposal },
		    { "site", "fab" } },
		.nparams = 4 };
	struct reply reply = REPLY_EMPTY;

	assert_int_equal(
	    find(table, METHOD_POST, path)->handler(&req, &reply), -1);
	if (strstr(err_text(), naming) == NULL)
		fail_msg("\"%s\" does not name %s", err_text(), naming);
	reply_free(&reply);
}

static void
refuses(const struct route *table, const char *path, const char *body,
    const char *naming)
{
	refuses_with(table, path, "1", body, naming);
	assert_int_equal(err_kind(), ERR_INPUT);
}

#define ORG "{\"handle\":\"acme\",\"name\":\"Acme\",\"country\":\"DE\","

static void
an_organisation_is_read_strictly(void **state)
{
	static const char path[] = "/v1/organisations";

	(void)state;
	refuses(organisation_routes, path, "", "JSON");
	refuses(organisation_routes, path, ORG "\"kind\":\"body\"}", "kind");
	refuses(organisation_routes, path, ORG "\"kind\":\"operator\",\"x\":1}",
	    "x");
	refuses(organisation_routes, path,
	    ORG "\"kind\":\"supplier\",\"makes\":\"tre\"}", "makes");
	refuses(organisation_routes, path,
	    ORG "\"kind\":\"operator\",\"may_platform_only\":1}",
	    "may_platform_only");
	refuses(organisation_routes, path, "{\"handle\":\"Acme\"}", "handle");
}

static void
an_act_on_an_organisation_has_a_reason_at_most(void **state)
{
	static const char *const verbs[] = { "activate", "suspend", "reinstate",
		"terminate" };
	char path[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		(void)snprintf(path, sizeof(path),
		    "/v1/organisations/{organisation}/%s", verbs[i]);
		refuses(organisation_routes, path,
		    i % 2 == 1 ? "{\"reason\":\"x\",\"now\":true}"
			       : "{\"now\":true}",
		    "now");
		if (i % 2 == 1)
			refuses(organisation_routes, path, "{}", "reason");
	}
}

/* A body for a principal with these octets as its request. */
static void
refuses_csr(struct span der, const char *code)
{
	struct buf body = BUF_EMPTY, text = BUF_EMPTY;

	base64_encode(&text, der);
	buf_printf(&body,
	    "{\"handle\":\"acme-1\",\"organisation\":\"acme\",\"role\":"
	    "\"supplier\",\"csr\":\"%s\"}",
	    buf_str(&text));
	refuses(principal_routes, "/v1/principals", buf_str(&body), "");
	assert_string_equal(err_code(), code);
	buf_free(&body);
	buf_free(&text);
}

static void
a_principal_proves_its_key(void **state)
{
	struct key *key = key_generate(KEY_P256);
	struct buf der = BUF_EMPTY;

	(void)state;
	assert_int_equal(csr_build(key, "acme-1", &der), 0);
	buf_putc(&der, 0);
	refuses_csr(buf_span(&der), "CSR_MALFORMED");
	der.n--;
	der.p[der.n - 1] ^= 1;
	refuses_csr(buf_span(&der), "CSR_SIGNATURE");
	refuses_csr(span_str("no request"), "CSR_MALFORMED");
	buf_free(&der);
	key_free(key);
}

static void
a_principal_is_read_strictly(void **state)
{
	static const char path[] = "/v1/principals";

	(void)state;
	refuses(principal_routes, path,
	    "{\"handle\":\"a1\",\"organisation\":\"acme\",\"role\":\"root\","
	    "\"csr\":\"AA==\"}",
	    "role");
	refuses(principal_routes, path,
	    "{\"handle\":\"a1\",\"organisation\":\"acme\",\"role\":\"reader\","
	    "\"csr\":\"!\"}",
	    "csr");
	refuses(principal_routes, "/v1/principals/{principal}/lock",
	    "{\"reason\":\"x\",\"state\":\"active\"}", "state");
	refuses(principal_routes, "/v1/principals/{principal}/lock", "{}",
	    "reason");
	refuses(principal_routes, "/v1/principals/{principal}/remove",
	    "{\"reason\":\"\"}", "reason");
}

#define APPROVE "/v1/proposals/{proposal}/approve"
#define HASH	"00000000000000000000000000000000000000000000000000000000000000ff"

static void
a_verdict_names_what_it_is_about(void **state)
{
	(void)state;
	refuses(proposal_routes, APPROVE, "{}", "subject");
	refuses(proposal_routes, APPROVE,
	    "{\"subject\":\"x\",\"act\":\"y\",\"terms_sha256\":\"00\","
	    "\"verdict\":\"approve\"}",
	    "terms_sha256");
	refuses(proposal_routes, APPROVE,
	    "{\"subject\":\"x\",\"act\":\"y\",\"terms_sha256\":\"" HASH
	    "\",\"verdict\":\"yes\"}",
	    "verdict");
	refuses(proposal_routes, APPROVE,
	    "{\"subject\":\"x\",\"act\":\"y\",\"terms_sha256\":\"" HASH
	    "\",\"verdict\":\"approve\",\"by\":\"decider-2\"}",
	    "by");
}

static void
a_proposal_has_a_number(void **state)
{
	static const char *const none[] = { "x", "1x", "-1", "1 or 1=1",
		"99999999999999999999" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		refuses_with(proposal_routes, APPROVE, none[i], "{}", "number");
		assert_int_equal(err_kind(), ERR_ABSENT);
	}
}

static void
a_list_of_proposals_takes_known_filters(void **state)
{
	struct request req = { .method = METHOD_GET,
		.path = "/v1/proposals",
		.query = "order=asc",
		.body_fd = -1 };
	struct reply reply = REPLY_EMPTY;
	char query[256] = "state=";
	const struct route *r;

	(void)state;
	r = find(proposal_routes, METHOD_GET, "/v1/proposals");
	assert_int_equal(r->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	memset(query + 6, 'a', sizeof(query) - 7);
	req.query = query;
	assert_int_equal(r->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	reply_free(&reply);
}

static void
a_site_is_read_strictly(void **state)
{
	static const char path[] = "/v1/sites";

	(void)state;
	refuses(site_routes, path,
	    "{\"handle\":\"fab\",\"organisation\":\"acme\",\"name\":\"Fab\","
	    "\"country\":\"DE\",\"address\":\"Street\",\"scopes\":[]}",
	    "scopes");
	refuses(site_routes, path,
	    "{\"handle\":\"fab\",\"organisation\":\"acme\",\"name\":\"Fab\","
	    "\"country\":\"DEU\",\"address\":\"Street\",\"scopes\":[\"x\"]}",
	    "country");
}

static void
a_change_of_a_site_takes_a_reason(void **state)
{
	(void)state;
	refuses(site_routes, "/v1/sites/{site}/suspend", "{}", "reason");
	refuses(site_routes, "/v1/sites/{site}/withdraw",
	    "{\"scope\":\"\",\"reason\":\"x\"}", "scope");
	refuses(site_routes, "/v1/sites/{site}/reinstate",
	    "{\"reason\":\"x\",\"now\":1}", "now");
}

static void
a_missing_list_is_an_empty_one(void **state)
{
	struct buf b = BUF_EMPTY;
	json_t *a = json_pack("[s, s]", "a", "b\"c");

	(void)state;
	assert_string_equal(array_text(NULL, &b), "[]");
	buf_clear(&b);
	assert_string_equal(array_text(a, &b), "[\"a\",\"b\\\"c\"]");
	json_decref(a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_organisation_is_read_strictly),
		cmocka_unit_test(
		    an_act_on_an_organisation_has_a_reason_at_most),
		cmocka_unit_test(a_principal_proves_its_key),
		cmocka_unit_test(a_principal_is_read_strictly),
		cmocka_unit_test(a_verdict_names_what_it_is_about),
		cmocka_unit_test(a_proposal_has_a_number),
		cmocka_unit_test(a_list_of_proposals_takes_known_filters),
		cmocka_unit_test(a_site_is_read_strictly),
		cmocka_unit_test(a_change_of_a_site_takes_a_reason),
		cmocka_unit_test(a_missing_list_is_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
