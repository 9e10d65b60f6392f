/*
 * assay approve: what is signed is what the proposer signed, whatever the
 * server says.  The server is this file.
 */

#include "../../test.h"

#include <string.h>

#include "api/cli/cli.h"
#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"

extern const struct cli_command approve_commands[];

#define BODY "{\"reason\":\"done\"}"

static json_t *waiting;	 /* what the list of proposals answers */
static json_t *proposal; /* what one of them answers */
static json_t *posted;	 /* the verdict that was sent */
static char asked[256];

json_t *
cli_get(struct cli *cli, const char *path, ...)
{
	(void)cli;
	(void)snprintf(asked, sizeof(asked), "%s", path);
	return json_incref(strchr(path, '?') != NULL ? waiting : proposal);
}

json_t *
cli_post(struct cli *cli, json_t *body, const char *path, ...)
{
	(void)cli;
	(void)snprintf(asked, sizeof(asked), "%s", path);
	posted = body;
	return json_pack("{s:s}", "state", "approved");
}

const char *
cli_escape(const char *s)
{
	return s;
}

static json_t *
one(int number, const char *act)
{
	return json_pack("{s:i, s:s, s:s}", "proposal", number, "act", act,
	    "subject", "acme");
}

/* The whole proposal: BODY is shown, of these octets is the hash. */
static json_t *
whole(const char *subject, const char *signed_octets)
{
	struct buf hex = BUF_EMPTY, body = BUF_EMPTY;
	uint8_t digest[HASH_SIZE];
	json_t *p;

	hash_sha256(span_str(signed_octets), digest);
	hex_encode(&hex, span_of(digest, sizeof(digest)));
	base64_encode(&body, span_str(BODY));
	p = json_pack("{s:i, s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "proposal", 7,
	    "act", "organisation_activate", "subject", subject, "proposed_by",
	    "officer-1", "terms_sha256", buf_str(&hex), "statement", "url",
	    "/v1/organisations/acme/activate", "body", buf_str(&body));
	buf_free(&hex);
	buf_free(&body);
	return p;
}

static int
begin(void **state)
{
	(void)state;
	posted = NULL;
	waiting =
	    json_pack("{s:[o]}", "proposals", one(7, "organisation_activate"));
	proposal = whole("acme", BODY);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	json_decref(waiting);
	json_decref(proposal);
	json_decref(posted);
	return 0;
}

/* approve_commands[0] is approve, [1] reject. */
static int
run(size_t verb, const char *subject, const char *option, const char *value)
{
	struct cli cli = { .quiet = true, .command = &approve_commands[verb] };
	struct cli_option given = { .name = option };

	cli.args[cli.nargs++] = subject;
	if (option != NULL) {
		cli.given[0] = &given;
		cli.values[0] = value;
		cli.ngiven = 1;
	}
	return approve_commands[verb].run(&cli);
}

static const char *
sent(const char *member)
{
	return json_string_value(json_object_get(posted, member));
}

static void
approves_what_was_signed(void **state)
{
	(void)state;
	assert_int_equal(run(0, "acme", NULL, NULL), 0);
	assert_non_null(posted);
	assert_string_equal(sent("subject"), "acme");
	assert_string_equal(sent("act"), "organisation_activate");
	assert_string_equal(sent("verdict"), "approve");
	assert_string_equal(sent("terms_sha256"),
	    json_string_value(json_object_get(proposal, "terms_sha256")));
	assert_null(sent("reason"));
}

static void
rejects_with_a_reason(void **state)
{
	(void)state;
	assert_int_equal(run(1, "acme", "reason", "not yet"), 0);
	assert_string_equal(sent("verdict"), "reject");
	assert_string_equal(sent("reason"), "not yet");
}

static void
signs_nothing_when_other_octets_are_shown(void **state)
{
	(void)state;
	json_decref(proposal);
	proposal = whole("acme", "{\"reason\":\"something else\"}");
	assert_int_equal(run(0, "acme", NULL, NULL), -1);
	assert_string_equal(err_code(), "TERMS_CHANGED");
	assert_null(posted);
}

static void
signs_nothing_about_another_subject(void **state)
{
	(void)state;
	json_decref(proposal);
	proposal = whole("bolt", BODY);
	assert_int_equal(run(0, "acme", NULL, NULL), -1);
	assert_string_equal(err_code(), "TERMS_CHANGED");
	assert_null(posted);
}

static void
signs_nothing_without_a_statement(void **state)
{
	(void)state;
	json_object_del(proposal, "statement");
	assert_int_equal(run(0, "acme", NULL, NULL), -1);
	assert_null(posted);
}

static void
asks_which_where_several_wait(void **state)
{
	(void)state;
	json_array_append_new(
	    json_object_get(waiting, "proposals"), one(8, "other"));
	assert_int_equal(run(0, "acme", NULL, NULL), -1);
	assert_string_equal(err_code(), "USAGE");
	assert_null(posted);
	assert_int_equal(run(0, "acme", "act", "organisation_activate"), 0);
	assert_non_null(posted);
}

static void
says_when_nothing_waits(void **state)
{
	(void)state;
	assert_int_equal(run(0, "acme", "act", "unknown"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_string_equal(err_code(), "NOTHING_PROPOSED");
	assert_null(posted);
}

/* What revokes for good is approved by whoever says how much. */
static void
asks_for_the_number_of_what_it_revokes(void **state)
{
	(void)state;
	json_object_set_new(proposal, "reach",
	    json_pack("{s:i, s:b}", "devices", 12, "counted", true));
	/* standard input is no terminal here: nobody to ask */
	assert_int_equal(run(0, "acme", NULL, NULL), -1);
	assert_string_equal(err_code(), "USAGE");
	assert_null(posted);
	assert_int_equal(run(0, "acme", "count", "twelve"), -1);
	assert_int_equal(run(0, "acme", "count", "12x"), -1);
	assert_int_equal(run(0, "acme", "count", "-1"), -1);
	assert_int_equal(run(0, "acme", "count", ""), -1);
	assert_int_equal(
	    run(0, "acme", "count", "99999999999999999999999"), -1);
	assert_null(posted);
	assert_int_equal(run(0, "acme", "count", "12"), 0);
	assert_int_equal(
	    json_integer_value(json_object_get(posted, "count")), 12);
}

static void
asks_for_no_number_where_nothing_is_revoked(void **state)
{
	(void)state;
	json_object_set_new(proposal, "reach",
	    json_pack("{s:i, s:b}", "devices", 12, "counted", false));
	assert_int_equal(run(0, "acme", NULL, NULL), 0);
	assert_null(json_object_get(posted, "count"));
}

static void
rejects_without_a_number(void **state)
{
	(void)state;
	json_object_set_new(proposal, "reach",
	    json_pack("{s:i, s:b}", "devices", 12, "counted", true));
	assert_int_equal(run(1, "acme", "reason", "no"), 0);
	assert_null(json_object_get(posted, "count"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(approves_what_was_signed),
		TEST(rejects_with_a_reason),
		TEST(signs_nothing_when_other_octets_are_shown),
		TEST(signs_nothing_about_another_subject),
		TEST(signs_nothing_without_a_statement),
		TEST(asks_which_where_several_wait),
		TEST(says_when_nothing_waits),
		TEST(asks_for_the_number_of_what_it_revokes),
		TEST(asks_for_no_number_where_nothing_is_revoked),
		TEST(rejects_without_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
