/*
 * Confirmations: whoever may not confirm, and what was confirmed.
 */

#include "tests/unit/test.h"

#include <unistd.h>

#include "key/jws.h"
#include "tests/unit/ca/ceremony/ceremony_second.h"

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

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
	const struct CMUnitTest tests[] = {
		TEST(wants_as_many_custodians_as_are_needed),
		TEST(believes_no_strangers),
		TEST(a_confirmation_is_of_these_inputs_only),
		TEST(confirms_a_new_roots_very_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
