/*
 * Lists: a word that cannot be is refused before the database is asked, or a
 * typing error would look like "there are none".
 */

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "base/err.h"

extern const struct route *const api_routes[];

static const struct route *
list_at(const char *path)
{
	const struct route *r;
	size_t i;

	for (i = 0; api_routes[i] != NULL; i++)
		for (r = api_routes[i]; r->path != NULL; r++)
			if (r->method == METHOD_GET &&
			    strcmp(r->path, path) == 0)
				return r;
	fail_msg("there is no list %s", path);
	return NULL;
}

/* The list refuses it, and says what it may be. */
static void
refuses(const char *path, const char *query, const char *says)
{
	struct request req = { .method = METHOD_GET,
		.path = path,
		.query = query,
		.body_fd = -1 };
	struct reply reply = REPLY_EMPTY;

	assert_int_equal(list_at(path)->handler(&req, &reply), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "QUERY_VALUE");
	if (strstr(err_text(), says) == NULL)
		fail_msg("%s?%s: %s", path, query, err_text());
	reply_free(&reply);
}

static void
a_list_knows_the_states_of_what_is_on_it(void **state)
{
	static const char *const lists[][2] = { { "appeals", "filed" },
		{ "attestation-keys", "active" }, { "audits", "in_progress" },
		{ "ca/imports", "accepted" }, { "ca/requests", "pending" },
		{ "cas", "retired" }, { "cocs", "certified" },
		{ "corrections", "reported" }, { "custody", "moved" },
		{ "declarations", "refuted" }, { "delegated-cas", "requested" },
		{ "devices", "in_service" }, { "disputes", "open" },
		{ "ek-crls", "stale" }, { "evidence", "repudiated" },
		{ "external-certificates", "accepted" },
		{ "findings", "overdue" }, { "incidents", "received" },
		{ "lots", "issuing" }, { "measures", "in_force" },
		{ "models", "registered" }, { "operator-policies", "draft" },
		{ "organisations", "applicant" }, { "principals", "locked" },
		{ "proposals", "lapsed" }, { "rebindings", "requested" },
		{ "references", "in_force" }, { "restores", "lost" },
		{ "sites", "provisional" }, { "subscriptions", "failing" } };
	char path[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		(void)snprintf(path, sizeof(path), "/v1/%s", lists[i][0]);
		refuses(path, "state=no_such", lists[i][1]);
		refuses(path, "state=", lists[i][1]);
	}
}

static void
so_does_one_of_a_lot(void **state)
{
	(void)state;
	refuses("/v1/devices", "lot=LOT-1&state=issued", "accredited");
}

static void
other_words_are_as_strict(void **state)
{
	(void)state;
	refuses("/v1/organisations", "kind=customer",
	    "body, supplier, auditor or operator, not \"customer\"");
	refuses("/v1/principals", "role=king", "officer, decider, ");
	refuses(
	    "/v1/models", "kind=chip", "hardware_platform, tre or terminal");
	refuses("/v1/cocs", "kind=chip", "hardware_platform, tre or terminal");
	refuses("/v1/audits", "type=damp", "dry, wet, ");
	refuses("/v1/measures", "kind=fine", "issuance_freeze, ");
	refuses("/v1/measures", "scope_kind=world", "organisation, site, ");
	refuses("/v1/devices", "kind=tr", "tre or terminal");
	refuses("/v1/devices", "prefix=A&kind=tr", "tre or terminal");
	refuses("/v1/decisions", "verdict=maybe",
	    "permit, refuse or indeterminate");
	refuses("/v1/operator-policies", "purpose=fun", "initial_download, ");
	refuses("/v1/custody", "device=nix",
	    "\"device\" must be tre/ID or terminal/ID, not \"nix\"");
	refuses("/v1/custody", "device=tre/", "tre/ID");
	refuses("/v1/cas", "role=tree", "root, access, ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_knows_the_states_of_what_is_on_it),
		cmocka_unit_test(so_does_one_of_a_lot),
		cmocka_unit_test(other_words_are_as_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
