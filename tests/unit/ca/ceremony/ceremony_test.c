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
	write_public("root.key", issuer_key);
	must(rename(in_folder("root.key.pem"), in_folder("root.key.pub")) == 0);
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
	char before[CLOCK_TEXT_MAX], date[64];

	(void)state;
	(void)clock_write(clock_now() - 8 * 86400, before);
	(void)snprintf(date, sizeof(date), "date: %s #", before);
	in_script("date: ", date);
	json_object_set_new(json_object_get(requests, "crl"), "this_update",
	    json_string(before));
	must(world_open(&c) == 0);
	refused(world_run(&c, "01"), "CEREMONY_DATE", "days from the script");
	assert_int_equal(access(in_folder("results"), F_OK), -1);
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
	assert_non_null(strstr(buf_str(&text), "kept: issuer-3.cer"));
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
	refused(world_run(&c, "01"), "CEREMONY_REFUSED", "public half");
	ceremony_free(&c);
	assert_int_equal(unlink(in_folder("root.key.pub")), 0);
	in_script("P-256", "P-384");
	in_script("results: results", "results: others");
	must(world_open(&c) == 0);
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "another algorithm");
	assert_int_equal(access(in_folder("others/root.cer"), F_OK), -1);
	buf_free(&file);
	buf_free(&again);
}

/* ---- the same root, once more */

/* Asked for by the instance: signed. */
static int
opens_signed(void)
{
	ceremony_free(&c);
	world_sign("results");
	return world_open(&c);
}

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
	json_object_set_new(requests, "number", json_integer(2));
	in_script("[{name: root}, {name: issuer-3}, {name: root-ocsp},\n"
		  "  {name: access}]",
	    "[]");
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

static void
is_for_the_holder_of_the_roots_key(void **state)
{
	(void)state;
	second_ceremony();
	must(rename(in_folder("root.key"), in_folder("away")) == 0);
	must(key_create_file(stranger, in_folder("root.key"), NULL) == 0);
	must(opens_signed() == 0);
	refused(
	    world_run(&c, "01"), "CEREMONY_REFUSED", "the key is not the root");
	assert_int_equal(access(in_folder("second/root.crl"), F_OK), -1);
}

/* ---- who asks */

static json_t *
crl_of_requests(void)
{
	return json_object_get(requests, "crl");
}

/* What a carrier could change, each with a script that names the new hash. */
static void
notices_each_change_on_the_way(void **state)
{
	json_t *entry, *list;

	(void)state;
	second_ceremony();
	json_array_append_new(json_object_get(requests, "certificates"),
	    one_request(
		"issuer-4", "issuing_ca", 4, "TrE CA 4", "tre", issuer_key));
	in_script("certify: []", "certify: [{name: issuer-4}]");
	must(opens_signed() == 0);

	/* a revocation that is left out */
	entry = json_incref(json_array_get(revoked(), 0));
	json_array_clear(revoked());
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	/* or dated otherwise */
	json_array_append(revoked(), entry);
	json_object_set_new(entry, "date", json_string("2026-11-02T00:00:00Z"));
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	json_object_set_new(entry, "date", json_string("2026-11-01T00:00:00Z"));
	must(world_open(&c) == 0);
	json_decref(entry);

	/* another's key, another number, another name */
	list = json_object_get(requests, "certificates");
	entry = one_request(
	    "issuer-4", "issuing_ca", 4, "TrE CA 4", "tre", stranger);
	json_object_set(entry, "serial",
	    json_object_get(json_array_get(list, 0), "serial"));
	entry = json_incref(entry);
	json_array_append_new(list, entry);
	json_array_remove(list, 0);
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	must(opens_signed() == 0);
	json_object_set_new(entry, "serial", json_string("01aa"));
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	must(opens_signed() == 0);
	json_object_set_new(entry, "organisation", json_string("Another"));
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	must(opens_signed() == 0);
	json_object_set_new(requests, "number", json_integer(3));
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	must(opens_signed() == 0);
	json_array_clear(list);
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	json_decref(entry);
}

static void
believes_no_unsigned_requests(void **state)
{
	struct buf text = BUF_EMPTY;

	(void)state;
	second_ceremony();
	refused(world_open(&c), "REQUESTS_UNSIGNED", "no signature");
	must(opens_signed() == 0);
	must(run_dry(&c, &text) == 0);
	assert_non_null(strstr(buf_str(&text), "signed by Requests"));
	json_object_set_new(requests, "signature", json_string("a.b.c"));
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	json_object_set_new(requests, "signature", json_null());
	refused(world_open(&c), "REQUESTS_UNSIGNED", "no signature");
	/* where people say so, they have compared the hash */
	in_script("sha256: %s}", "sha256: %s, unsigned: true}");
	must(world_open(&c) == 0);
	buf_clear(&text);
	must(run_dry(&c, &text) == 0);
	assert_non_null(strstr(buf_str(&text), "NOT SIGNED"));
	/* which helps nobody who has changed a signed one */
	refused(opens_signed(), "CEREMONY_REFUSED", "says that they are not");
	json_array_clear(revoked());
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	buf_free(&text);
}

static void
refuses_by(enum profile_kind kind, const struct key *key, const char *says)
{
	struct buf signer = BUF_EMPTY, access = BUF_EMPTY;

	read_back("results/access.cer", &access);
	world_certify("results", kind, key, &signer);
	world_sign_by(
	    key, (struct span[]){ buf_span(&signer), buf_span(&access) }, 2);
	refused(world_open(&c), "REQUESTS_SIGNER", says);
	buf_free(&signer);
	buf_free(&access);
}

/* Only the authority's key for this may, under this root. */
static void
believes_one_signer_only(void **state)
{
	struct buf other = BUF_EMPTY, signer = BUF_EMPTY, access = BUF_EMPTY;
	struct span chain[3];

	(void)state;
	second_ceremony();
	refuses_by(PROFILE_FEED_SIGNER, signer_key, "another purpose");
	refuses_by(PROFILE_ACCESS, stranger, "another purpose");
	read_back("results/access.cer", &access);
	read_back("results/issuer-3.cer", &other);
	world_certify("results", PROFILE_REQUEST_SIGNER, signer_key, &signer);
	chain[0] = buf_span(&signer);
	chain[1] = buf_span(&other);
	world_sign_by(signer_key, chain, 2);
	refused(world_open(&c), "REQUESTS_SIGNER", "not signed by the inst");
	world_sign_by(signer_key, chain, 1);
	refused(world_open(&c), "REQUESTS_SIGNER", "x5c must have");
	/* what is no link to this root opens no other way to it */
	chain[1] = buf_span(&access);
	chain[2] = buf_span(&other);
	world_sign_by(signer_key, chain, 3);
	refused(world_open(&c), "REQUESTS_SIGNER", "nor a link");
	/* another's key under the right certificate */
	world_sign_by(stranger, chain, 2);
	refused(world_open(&c), "REQUESTS_SIGNATURE", "was changed");
	/* made before its signer could be, or after */
	json_object_set_new(
	    requests, "made", json_string("2025-01-01T00:00:00Z"));
	world_sign_by(signer_key, chain, 2);
	refused(world_open(&c), "REQUESTS_SIGNER", "not valid yet");
	buf_free(&other);
	buf_free(&signer);
	buf_free(&access);
}

/* Of the same names, with a root of its own. */
static void
believes_no_other_instance(void **state)
{
	struct buf signer = BUF_EMPTY, access = BUF_EMPTY;

	(void)state;
	must(world_open(&c) == 0 && world_run(&c, "01") == 0);
	must(rename(in_folder("results"), in_folder("theirs")) == 0);
	must(unlink(in_folder("root.key")) == 0);
	must(unlink(in_folder("root.key.pub")) == 0);
	must(unlink(in_folder("root.key.last")) == 0);
	ceremony_free(&c);
	second_ceremony();
	read_back("theirs/access.cer", &access);
	world_certify("theirs", PROFILE_REQUEST_SIGNER, signer_key, &signer);
	world_sign_by(signer_key,
	    (struct span[]){ buf_span(&signer), buf_span(&access) }, 2);
	refused(world_open(&c), "REQUESTS_SIGNER", "not signed by the inst");
	buf_free(&signer);
	buf_free(&access);
}

static void
a_revoked_access_ca_asks_for_nothing(void **state)
{
	struct buf access = BUF_EMPTY, serial = BUF_EMPTY;
	struct cert ca;
	json_t *entry;

	(void)state;
	second_ceremony();
	read_back("results/access.cer", &access);
	must(cert_parse(buf_span(&access), &ca) == 0);
	hex_encode(&serial, ca.serial);
	entry = json_pack("{s:s, s:s, s:i}", "serial", buf_str(&serial), "date",
	    "2026-11-02T00:00:00Z", "reason", 2);
	json_array_append_new(revoked(), entry);
	must(opens_signed() == 0 && world_run(&c, "01") == 0);
	json_object_set_new(requests, "number", json_integer(3));
	json_object_set_new(crl_of_requests(), "number", json_integer(7));
	in_script("{number: 6, previous: results/root.crl}",
	    "{number: 7, previous: second/root.crl}");
	in_script("results: second", "results: third");
	refused(opens_signed(), "REQUESTS_SIGNER", "is revoked in the prev");
	buf_free(&access);
	buf_free(&serial);
}

/* A signer lives no longer, and its key may be stolen later. */
static void
signs_nothing_that_was_asked_for_long_ago(void **state)
{
	char date[CLOCK_TEXT_MAX], line[64];

	(void)state;
	second_ceremony();
	must(opens_signed() == 0);
	(void)clock_write(clock_now() + 32 * 86400, date);
	(void)snprintf(line, sizeof(line), "date: %s #", date);
	in_script("date: ", line);
	refused(world_open(&c), "REQUESTS_OLD", "in the 31 days before");
	in_script(line, "date: ");
	(void)clock_write(clock_now() - 8 * 86400, date);
	(void)snprintf(line, sizeof(line), "date: %s #", date);
	in_script("date: ", line);
	refused(world_open(&c), "REQUESTS_OLD", "in the 31 days before");
}

/* ---- what was signed last */

static void
signs_nothing_older_than_the_last(void **state)
{
	struct buf last = BUF_EMPTY;

	(void)state;
	second_ceremony();
	must(opens_signed() == 0 && world_run(&c, "01") == 0);
	/* the same file again, for other results */
	in_script("results: second", "results: third");
	must(opens_signed() == 0);
	refused(world_run(&c, "01"), "REQUESTS_OLD", "number 2 already");
	assert_int_equal(access(in_folder("third/root.crl"), F_OK), -1);
	json_object_set_new(requests, "number", json_integer(1));
	must(opens_signed() == 0);
	refused(world_run(&c, "01"), "REQUESTS_OLD", "number 2 already");
	json_object_set_new(requests, "number", json_integer(3));
	must(opens_signed() == 0);
	/* without a memory there is no answer */
	read_back("root.key.last", &last);
	must(unlink(in_folder("root.key.last")) == 0);
	refused(world_run(&c, "01"), "CEREMONY_MEMORY", "is not there");
	write_text("root.key.last", "{}");
	refused(world_run(&c, "01"), "CEREMONY_MEMORY", "tells nothing");
	/* the last transcript is one */
	must(rename(in_folder("second/transcript.json"),
		 in_folder("root.key.last")) == 0);
	must(world_run(&c, "01") == 0);
	/* not one that somebody has written */
	buf_put(&last, " ", 1);
	last.p[last.n / 2] ^= 1;
	must(io_write_file(in_folder("root.key.last"), 0600, buf_span(&last)) ==
	    0);
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "complete");
	must(unlink(in_folder("third/transcript.json")) == 0);
	refused(world_run(&c, "01"), "CEREMONY_MEMORY", "tells nothing");
	buf_free(&last);
}

/* ---- the very key */

static void
confirms_a_new_roots_very_key(void **state)
{
	struct buf jws = BUF_EMPTY, list[2] = { BUF_EMPTY, BUF_EMPTY },
		   text = BUF_EMPTY;

	(void)state;
	must(world_open(&c) == 0);
	refused(confirmation_build(&c, custodians[0], 1, &jws),
	    "ROOT_KEY_MISSING", "ceremony key");
	refused(run_ceremony(&c, in_folder("script.yaml"), list, 0, &text),
	    "ROOT_KEY_MISSING", "ceremony key");
	must(run_key_make(&c, in_folder("script.yaml"), &text) == 0);
	assert_non_null(strstr(buf_str(&text), "made now"));
	/* made once */
	buf_clear(&text);
	must(world_open(&c) == 0);
	must(run_key_make(&c, in_folder("script.yaml"), &text) == 0);
	assert_non_null(strstr(buf_str(&text), "was there already"));
	for (size_t i = 0; i < 2; i++)
		must(confirmation_build(&c, custodians[i], 1, &list[i]) == 0);

	/* another one in its place, after they have confirmed */
	must(unlink(in_folder("root.key")) == 0);
	must(key_create_file(stranger, in_folder("root.key"), NULL) == 0);
	refused(run_ceremony(&c, in_folder("script.yaml"), list, 2, &text),
	    "CEREMONY_REFUSED", "not the one whose public half");
	refused(run_key_make(&c, in_folder("script.yaml"), &text),
	    "CEREMONY_CONFLICT", "another public key");
	write_public("root.key", stranger);
	must(rename(in_folder("root.key.pem"), in_folder("root.key.pub")) == 0);
	must(world_open(&c) == 0);
	refused(run_ceremony(&c, in_folder("script.yaml"), list, 2, &text),
	    "CONFIRMATION_OTHER", "of another script, or");
	assert_int_equal(access(in_folder("results/root.cer"), F_OK), -1);
	for (size_t i = 0; i < 2; i++)
		buf_free(&list[i]);
	buf_free(&jws);
	buf_free(&text);
}

/* ---- times */

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
		TEST(notices_each_change_on_the_way),
		TEST(believes_no_unsigned_requests),
		TEST(believes_one_signer_only),
		TEST(believes_no_other_instance),
		TEST(a_revoked_access_ca_asks_for_nothing),
		TEST(signs_nothing_that_was_asked_for_long_ago),
		TEST(signs_nothing_older_than_the_last),
		TEST(confirms_a_new_roots_very_key),
		TEST(a_crl_is_for_no_longer_than_its_profile_says),
		TEST(a_root_is_of_the_algorithm_that_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
