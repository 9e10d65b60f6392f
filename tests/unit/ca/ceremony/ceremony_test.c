/*
 * A ceremony: what does not fit together, whoever may not confirm, what an
 * interruption leaves.
 */

#include "tests/unit/test.h"

#include <sys/stat.h>

#include <unistd.h>

#include "base/enc.h"
#include "key/jws.h"
#include "tests/unit/ca/ceremony/ceremony_world.h"

static struct ceremony c;

static int
fresh(void **state)
{
	memset(&c, 0, sizeof(c));
	return world_start(state);
}

static int
done(void **state)
{
	ceremony_free(&c);
	return world_stop(state);
}

static void
does_not_open(const char *code, const char *says)
{
	ceremony_free(&c);
	refused(world_open(&c), code, says);
	world_script();
	world_requests();
}

static json_t *
request(size_t i)
{
	return json_array_get(json_object_get(requests, "certificates"), i);
}

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
wants_as_many_custodians_as_are_needed(void **state)
{
	(void)state;
	must(world_open(&c) == 0);
	refused(world_run(&c, ""), "CONFIRMATIONS_MISSING", "0 confirmations");
	refused(world_run(&c, "2"), "CONFIRMATIONS_MISSING", "1 confirmations");
	refused(world_run(&c, "22"), "CONFIRMATION_TWICE", "cleo is there");
	refused(world_run(&c, "011"), "CONFIRMATION_TWICE", "bert is there");
	assert_int_equal(access(in_folder("root.key"), F_OK), -1);
	assert_int_equal(access(in_folder("results"), F_OK), -1);
	must(world_run(&c, "12") == 0);
}

static int
judge(const struct buf *jws)
{
	size_t who;

	return confirmation_verify(&c, buf_span(jws), &who);
}

/* Under anna's name, with the digest: by whom it is signed is what counts. */
static void
confirm_as(const char *payload, const char *header, const struct key *key,
    const char *code)
{
	struct buf jws = BUF_EMPTY;

	must(jws_sign(key, header, span_str(payload), &jws) == 0);
	refused(judge(&jws), code, "");
	buf_free(&jws);
}

static void
believes_no_strangers(void **state)
{
	static const char good[] =
	    "{\"alg\":\"ES256\",\"typ\":\"" CONFIRMATION_TYP "\"}";
	struct buf jws = BUF_EMPTY;
	char digest[65], text[300];

	(void)state;
	must(world_open(&c) == 0);
	refused(confirmation_build(&c, stranger, 1, &jws),
	    "CONFIRMATION_STRANGER", "no custodian with this key");
	ceremony_digest_text(&c, digest);
	(void)snprintf(text, sizeof(text),
	    "{\"ceremony\":\"%s\",\"custodian\":\"anna\",\"iat\":1}", digest);
	confirm_as(text, good, stranger, "CONFIRMATION_SIGNATURE");
	confirm_as(text, good, custodians[1], "CONFIRMATION_SIGNATURE");
	confirm_as(text, "{\"alg\":\"ES256\",\"typ\":\"assay-act+jws\"}",
	    custodians[0], "CONFIRMATION_MALFORMED");
	confirm_as(text,
	    "{\"alg\":\"ES256\",\"typ\":\"" CONFIRMATION_TYP "\",\"jwk\":{}}",
	    custodians[0], "CONFIRMATION_MALFORMED");
	confirm_as("{}", good, custodians[0], "CONFIRMATION_MALFORMED");
	(void)snprintf(text, sizeof(text),
	    "{\"ceremony\":\"%s\",\"custodian\":\"dora\",\"iat\":1}", digest);
	confirm_as(text, good, custodians[0], "CONFIRMATION_STRANGER");
	digest[0] = digest[0] == '0' ? '1' : '0';
	(void)snprintf(text, sizeof(text),
	    "{\"ceremony\":\"%s\",\"custodian\":\"anna\",\"iat\":1}", digest);
	confirm_as(text, good, custodians[0], "CONFIRMATION_OTHER");
	buf_free(&jws);
}

/* Each input is part of what was confirmed. */
static void
a_confirmation_is_of_these_inputs_only(void **state)
{
	struct buf jws = BUF_EMPTY, profiles = BUF_EMPTY;

	(void)state;
	must(world_open(&c) == 0 &&
	    confirmation_build(&c, custodians[0], 1, &jws) == 0);
	must(judge(&jws) == 0);
	ceremony_free(&c);
	in_script("The first", "Another");
	must(world_open(&c) == 0);
	refused(judge(&jws), "CONFIRMATION_OTHER", "anna");
	ceremony_free(&c);
	in_script("Another", "The first");
	json_object_set_new(request(1), "common_name", json_string("Other CA"));
	must(world_open(&c) == 0);
	refused(judge(&jws), "CONFIRMATION_OTHER", "anna");
	ceremony_free(&c);
	json_object_set_new(request(1), "common_name", json_string("TrE CA 3"));
	write_public("cleo", stranger);
	must(world_open(&c) == 0);
	refused(judge(&jws), "CONFIRMATION_OTHER", "anna");
	ceremony_free(&c);
	write_public("cleo", custodians[2]);
	must(io_read_file(WORLD_PROFILES, 1 << 20, &profiles) == 0);
	buf_puts(&profiles, "# more\n");
	write_text("profiles.cnf", buf_str(&profiles));
	must(ceremony_open(
		 &c, in_folder("script.yaml"), in_folder("profiles.cnf")) == 0);
	refused(judge(&jws), "CONFIRMATION_OTHER", "anna");
	ceremony_free(&c);
	/* a transcript has them as text */
	buf_puts(&profiles, "# \xff\n");
	write_text("profiles.cnf", buf_str(&profiles));
	refused(ceremony_open(
		    &c, in_folder("script.yaml"), in_folder("profiles.cnf")),
	    "CEREMONY_REFUSED", "must be texts in UTF-8");
	ceremony_free(&c);
	must(world_open(&c) == 0 && judge(&jws) == 0);
	buf_free(&jws);
	buf_free(&profiles);
}

static void
a_script_is_of_its_week(void **state)
{
	(void)state;
	in_script("date: 2", "date: 2025-01-01T00:00:00Z #");
	must(world_open(&c) == 0);
	refused(world_run(&c, "01"), "CEREMONY_DATE", "days from the script");
	assert_int_equal(access(in_folder("root.key"), F_OK), -1);
}

/* ---- interrupted */

static void
goes_on_with_the_same_root(void **state)
{
	struct buf first = BUF_EMPTY, issuer = BUF_EMPTY, key = BUF_EMPTY,
		   again = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	must(world_open(&c) == 0 && world_run(&c, "01") == 0);
	read_back("results/root.cer", &first);
	read_back("results/issuer-3.cer", &issuer);
	read_back("root.key", &key);
	/* killed when nothing was left to do but to tidy up */
	write_text("results/transcript.json.Ab12Cd", "{");
	refused(ceremony_verify(in_folder("results"), buf_span(&first),
		    in_folder("script.yaml"), &text),
	    "ARTEFACT_UNKNOWN", "Ab12Cd");
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "complete");
	must(ceremony_verify(in_folder("results"), buf_span(&first),
		 in_folder("script.yaml"), &text) == 0);
	buf_clear(&text);

	/* as if it had ended after the second certificate */
	assert_int_equal(unlink(in_folder("results/transcript.json")), 0);
	assert_int_equal(unlink(in_folder("results/root.crl")), 0);
	assert_int_equal(unlink(in_folder("results/root-ocsp.cer")), 0);
	write_text("results/root-ocsp.cer.Xy12z9", "half");
	must(world_run(&c, "01") == 0);
	assert_int_equal(
	    access(in_folder("results/root-ocsp.cer.Xy12z9"), F_OK), -1);
	read_back("results/root.cer", &again);
	assert_true(span_equal(buf_span(&again), buf_span(&first)));
	read_back("results/issuer-3.cer", &again);
	assert_true(span_equal(buf_span(&again), buf_span(&issuer)));
	read_back("root.key", &again);
	assert_true(span_equal(buf_span(&again), buf_span(&key)));
	must(ceremony_verify(in_folder("results"), buf_span(&first),
		 in_folder("script.yaml"), &text) == 0);
	assert_non_null(strstr(buf_str(&text), "was there before"));
	buf_free(&first);
	buf_free(&issuer);
	buf_free(&key);
	buf_free(&again);
	buf_free(&text);
}

/* Whatever else lies there is nobody's to overwrite. */
static void
overwrites_nothing(void **state)
{
	struct buf file = BUF_EMPTY, again = BUF_EMPTY;

	(void)state;
	must(world_open(&c) == 0 && world_run(&c, "01") == 0);
	assert_int_equal(unlink(in_folder("results/transcript.json")), 0);
	read_back("results/issuer-3.cer", &file);
	file.p[file.n - 1] ^= 1;
	must(io_write_file(in_folder("results/issuer-3.cer"), 0644,
		 buf_span(&file)) == 0);
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "issuer-3.cer");
	read_back("results/issuer-3.cer", &again);
	assert_true(span_equal(buf_span(&again), buf_span(&file)));
	assert_int_equal(unlink(in_folder("results/issuer-3.cer")), 0);
	write_text("results/notes", "x");
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "notes lies among");
	assert_int_equal(unlink(in_folder("results/notes")), 0);

	/* another key in the root's place: the root's certificate is not its */
	assert_int_equal(unlink(in_folder("root.key")), 0);
	assert_int_equal(world_run(&c, "01"), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	assert_int_equal(access(in_folder("root.key"), F_OK), -1);
	must(key_create_file(stranger, in_folder("root.key"), NULL) == 0);
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "root.cer");
	ceremony_free(&c);
	in_script("P-256", "P-384");
	in_script("results: results", "results: others");
	must(world_open(&c) == 0);
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "of P-256, where");
	assert_int_equal(access(in_folder("others/root.cer"), F_OK), -1);
	buf_free(&file);
	buf_free(&again);
}

/* ---- the same root, once more */

/* The first ceremony's root, which asks for a CRL only. */
static void
second_ceremony(void)
{
	struct buf root = BUF_EMPTY;
	json_t *digest;

	must(world_open(&c) == 0 && world_run(&c, "01") == 0);
	ceremony_free(&c);
	read_back("results/root.cer", &root);
	digest = ceremony_sha256(buf_span(&root));
	json_object_set_new(requests, "root", digest);
	json_array_clear(json_object_get(requests, "certificates"));
	json_object_set_new(
	    json_object_get(requests, "crl"), "number", json_integer(6));
	in_script("{new: true, algorithm: P-256,",
	    "{new: false, certificate: results/root.cer,");
	in_script("[{name: root}, {name: issuer-3}, {name: root-ocsp}]", "[]");
	in_script("{number: 5, previous: none}",
	    "{number: 6, previous: results/root.crl}");
	in_script("results: results", "results: second");
	buf_free(&root);
}

static json_t *
revoked(void)
{
	return json_object_get(json_object_get(requests, "crl"), "revoked");
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
	refused(world_open(&c), "CEREMONY_REFUSED", "01ff is revoked in the");
	ceremony_free(&c);
	json_array_append(revoked(), entry);
	json_object_set_new(entry, "reason", json_integer(6));
	refused(world_open(&c), "CEREMONY_REFUSED", "another date or reason");
	ceremony_free(&c);
	json_object_set_new(entry, "reason", json_integer(4));
	json_object_set_new(entry, "date", json_string("2026-11-02T00:00:00Z"));
	refused(world_open(&c), "CEREMONY_REFUSED", "another date or reason");
	ceremony_free(&c);
	json_object_set_new(entry, "date", json_string("2026-11-01T00:00:00Z"));
	must(world_open(&c) == 0);
	ceremony_free(&c);
	/* what is found out later */
	json_object_set_new(entry, "reason", json_integer(1));
	must(world_open(&c) == 0);
	/* without the root's private key */
	must(rename(in_folder("root.key"), in_folder("away")) == 0);
	must(run_dry(&c, &text) == 0);
	assert_non_null(strstr(buf_str(&text), "01ff since"));
	must(rename(in_folder("away"), in_folder("root.key")) == 0);
	must(world_run(&c, "02") == 0);
	buf_clear(&text);
	must(ceremony_verify(in_folder("second"), (struct span){ NULL, 0 },
		 NULL, &text) == 0);
	json_decref(entry);
	buf_free(&text);
}

static void
a_crl_grows_and_is_the_roots(void **state)
{
	(void)state;
	second_ceremony();
	json_object_set_new(
	    json_object_get(requests, "crl"), "number", json_integer(5));
	in_script("number: 6", "number: 5");
	refused(world_open(&c), "CEREMONY_REFUSED", "newer than the previous");
	ceremony_free(&c);
	in_script("previous: results/root.crl", "previous: results/root.cer");
	refused(world_open(&c), "CEREMONY_REFUSED", "the previous CRL");
	ceremony_free(&c);
	json_object_set_new(requests, "root",
	    json_string("0000000000000000000000000000000000000000000000000000"
			"000000000000"));
	refused(world_open(&c), "CEREMONY_REFUSED", "not the one that the");
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
	must(world_open(&c) == 0);
	must(world_run(&c, "01") == 0);
}

static void
is_for_the_holder_of_the_roots_key(void **state)
{
	(void)state;
	second_ceremony();
	must(rename(in_folder("root.key"), in_folder("away")) == 0);
	must(key_create_file(stranger, in_folder("root.key"), NULL) == 0);
	must(world_open(&c) == 0);
	refused(
	    world_run(&c, "01"), "CEREMONY_REFUSED", "the key is not the root");
	assert_int_equal(access(in_folder("second/root.crl"), F_OK), -1);
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
		TEST(wants_as_many_custodians_as_are_needed),
		TEST(believes_no_strangers),
		TEST(a_confirmation_is_of_these_inputs_only),
		TEST(a_script_is_of_its_week),
		TEST(goes_on_with_the_same_root),
		TEST(overwrites_nothing),
		TEST(un_revokes_nothing),
		TEST(a_crl_grows_and_is_the_roots),
		TEST(a_hold_may_end),
		TEST(is_for_the_holder_of_the_roots_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
