/*
 * A ceremony's script, requests, root and profiles: what does not fit together,
 * or is nothing that a root may sign.
 */

#include "tests/unit/test.h"

#include <unistd.h>

#include "tests/unit/ca/ceremony/ceremony_second.h"

static void
scripts_rule_by_rule(void **state)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "title: The", "titel: The", "title is missing" },
		{ "needed: 2", "needed: 2\nkey: 1", "\"key\" is not known" },
		{ "needed: 2", "needed: 1", "needed must be from 2" },
		{ "needed: 2", "needed: 4", "not be more than" },
		{ "date: 2", "date: x2", "date must be a time" },
		{ "sha256: %s", "sha256: 00", "requests.sha256 must be 64" },
		{ "{new: true", "{new: yes", "root.new must be true or false" },
		{ "P-256", "P-255", "root.algorithm is none" },
		{ "{file: root.key}", "{file: a, token: b, label: c}",
		    "root.key.file must be there" },
		{ "{file: root.key}", "{token: b}",
		    "root.key.file must be there" },
		{ "{file: root.key}", "{token: b, label: c, passphrase: d}",
		    "root.key.file must be there" },
		{ "{name: issuer-3}", "{name: root}",
		    "certify[1].name is there already" },
		{ "{name: issuer-3}", "{name: issuer-3, days: 0}",
		    "certify[1].days must be from 1" },
		{ "name: bert", "name: anna",
		    "custodians[1].name is there already" },
		{ "number: 5", "number: five", "crl.number must be a whole" },
		{ "needed: 2", "needed: 2\nneeded: 3", "twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in_script(cases[i].from, cases[i].to);
		does_not_open("SCRIPT_REFUSED", cases[i].says);
	}
}

static void
what_is_requested_and_named_is_the_same(void **state)
{
	(void)state;
	in_script("{name: issuer-3}, ", "");
	does_not_open("CEREMONY_REFUSED", "\"issuer-3\" is requested, and");
	in_script("{name: issuer-3}", "{name: issuer-3}, {name: issuer-4}");
	does_not_open("CEREMONY_REFUSED", "certifies \"issuer-4\", which");
	in_script("number: 5", "number: 6");
	does_not_open("CEREMONY_REFUSED", "has the number 5, that of the");
	in_script("crl: {number: 5, previous: none}\n", "");
	does_not_open("CEREMONY_REFUSED", "the script makes none");
	json_object_set_new(requests, "crl", json_null());
	does_not_open("CEREMONY_REFUSED", "none is requested");
	in_script("%s",
	    "0000000000000000000000000000000000000000000000000000"
	    "0000000000ab");
	does_not_open("CEREMONY_REFUSED", "not those that the script names");
}

static void
custodians_are_different_people(void **state)
{
	(void)state;
	in_script("key: bert.pem", "key: anna.pem");
	does_not_open("CEREMONY_REFUSED", "anna and bert have the same key");
	in_script("key: bert.pem", "key: requests.json");
	does_not_open("CEREMONY_REFUSED", "neither a certificate nor");
	in_script("key: bert.pem", "key: nobody.pem");
	does_not_open("CEREMONY_REFUSED", "nobody.pem");
}

/* Built and linted, each refusal before there is a key. */
static void
does_not_run(const char *code, const char *says)
{
	struct buf text = BUF_EMPTY;

	ceremony_free(&c);
	must(world_open(&c) == 0);
	refused(run_dry(&c, &text), code, says);
	refused(world_run(&c, "01"), code, says);
	assert_int_equal(access(in_folder("root.key"), F_OK), -1);
	buf_free(&text);
	world_script();
	world_requests();
}

static void
certifies_nothing_that_no_root_may(void **state)
{
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	json_object_set_new(request(2), "profile", json_string("access"));
	does_not_run("CEREMONY_REFUSED", "the root issues CAs");
	json_object_set_new(request(2), "profile", json_string("nothing"));
	does_not_run("CEREMONY_REFUSED", "no certificate profile");
	json_object_set_new(request(1), "role", json_null());
	does_not_run("CEREMONY_REFUSED", "must have a role");
	json_object_set_new(request(2), "role", json_string("tre"));
	does_not_run("CEREMONY_REFUSED", "must not have a role");
	json_object_set_new(request(1), "serial", json_string("0177"));
	does_not_run("LINT_SERIAL", "serial");
	in_script("{name: root-ocsp}", "{name: root-ocsp, days: 31}");
	does_not_run("CEREMONY_REFUSED", "longer than its profile");
	in_script("{name: root-ocsp}",
	    "{name: root-ocsp, from: 2020-01-01T00:00:00Z}");
	does_not_run("CEREMONY_REFUSED", "outside the issuer's validity");
	in_script("P-256", "RSA");
	does_not_run("", "no RSA keys are made");
	/* a request of somebody else's key */
	must(csr_build(stranger, "x", &der) == 0);
	der.p[der.n - 1] ^= 1;
	base64_encode(&text, buf_span(&der));
	json_object_set_new(request(1), "csr", json_string(buf_str(&text)));
	does_not_run("CEREMONY_REFUSED", "the request of \"issuer-3\"");
	buf_free(&der);
	buf_free(&text);
}

static void
a_root_is_of_the_algorithm_that_is_wanted(void **state)
{
	(void)state;
	json_object_set_new(requests, "root_algorithm", json_string("P-384"));
	does_not_open("CEREMONY_REFUSED", "want a root on P-384");
	write_public("root.key", issuer_key);
	must(rename(in_folder("root.key.pem"), in_folder("root.key.pub")) == 0);
	in_script("P-256", "P-384");
	does_not_open("CEREMONY_REFUSED", "not of the script's algorithm");
}

/* ---- its CRL */

static void
a_crl_is_for_no_longer_than_its_profile_says(void **state)
{
	char later[CLOCK_TEXT_MAX];

	(void)state;
	(void)clock_write(clock_now() + 367 * 86400, later);
	json_object_set_new(
	    crl_of_requests(), "next_update", json_string(later));
	does_not_open("CEREMONY_REFUSED", "longer than the root's profile");
	(void)clock_write(clock_now() + 8 * 86400, later);
	json_object_set_new(
	    crl_of_requests(), "this_update", json_string(later));
	does_not_open("CEREMONY_REFUSED", "begins after the ceremony");
	json_object_set_new(crl_of_requests(), "this_update",
	    json_string("2025-01-01T00:00:00Z"));
	json_object_set_new(crl_of_requests(), "next_update",
	    json_string("2025-02-01T00:00:00Z"));
	does_not_open("CEREMONY_REFUSED", "would be over");
}

static void
un_revokes_nothing(void **state)
{
	json_t *entry;
	struct buf text = BUF_EMPTY;

	(void)state;
	second_ceremony();
	entry = json_incref(json_array_get(revoked(), 0));
	json_array_clear(revoked());
	refused(opens_signed(), "CEREMONY_REFUSED", "01ff is revoked in the");
	json_array_append(revoked(), entry);
	json_object_set_new(entry, "reason", json_integer(6));
	refused(opens_signed(), "CEREMONY_REFUSED", "another date or reason");
	json_object_set_new(entry, "reason", json_integer(4));
	json_object_set_new(entry, "date", json_string("2026-11-02T00:00:00Z"));
	refused(opens_signed(), "CEREMONY_REFUSED", "another date or reason");
	json_object_set_new(entry, "date", json_string("2026-11-01T00:00:00Z"));
	must(opens_signed() == 0);
	/* what is found out later */
	json_object_set_new(entry, "reason", json_integer(1));
	must(opens_signed() == 0);
	/* without the root's private key */
	must(rename(in_folder("root.key"), in_folder("away")) == 0);
	must(run_dry(&c, &text) == 0);
	assert_non_null(strstr(buf_str(&text), "01ff since"));
	must(rename(in_folder("away"), in_folder("root.key")) == 0);
	must(world_run(&c, "02") == 0);
	buf_clear(&text);
	must(ceremony_verify(in_folder("second"), (struct span){ NULL, 0 },
		 NULL, NULL, &text) == 0);
	json_decref(entry);
	buf_free(&text);
}

static void
a_crl_grows_and_is_the_roots(void **state)
{
	(void)state;
	second_ceremony();
	json_object_set_new(crl_of_requests(), "number", json_integer(5));
	in_script("number: 6", "number: 5");
	refused(opens_signed(), "CEREMONY_REFUSED", "newer than the previous");
	in_script("previous: results/root.crl", "previous: results/root.cer");
	refused(opens_signed(), "CEREMONY_REFUSED", "the previous CRL");
	in_script("previous: results/root.cer", "previous: none");
	refused(
	    opens_signed(), "CEREMONY_REFUSED", "must be the root's last CRL");
	json_object_set_new(requests, "root",
	    json_string("0000000000000000000000000000000000000000000000000000"
			"000000000000"));
	refused(opens_signed(), "CEREMONY_REFUSED", "not the one that the");
}

/* By the CRL before one knows whether who asks may: it is never left out. */
static void
asks_for_a_crl_whoever_has_a_root(void **state)
{
	(void)state;
	second_ceremony();
	json_object_set_new(requests, "crl", json_null());
	in_script("crl: {number: 6, previous: results/root.crl}\n", "");
	refused(opens_signed(), "CEREMONY_REFUSED", "ask for no CRL");
}

/* A hold is lifted by leaving it out. */
static void
a_hold_may_end(void **state)
{
	(void)state;
	json_object_set_new(
	    json_array_get(revoked(), 0), "reason", json_integer(6));
	second_ceremony();
	json_array_clear(revoked());
	must(opens_signed() == 0);
	must(world_run(&c, "01") == 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
	const struct CMUnitTest tests[] = {
		TEST(scripts_rule_by_rule),
		TEST(what_is_requested_and_named_is_the_same),
		TEST(custodians_are_different_people),
		TEST(certifies_nothing_that_no_root_may),
		TEST(un_revokes_nothing),
		TEST(a_crl_grows_and_is_the_roots),
		TEST(asks_for_a_crl_whoever_has_a_root),
		TEST(a_hold_may_end),
		TEST(a_crl_is_for_no_longer_than_its_profile_says),
		TEST(a_root_is_of_the_algorithm_that_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
