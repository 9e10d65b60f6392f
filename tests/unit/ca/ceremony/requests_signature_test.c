/*
 * Who asks: requests that were changed on the way, and signers that may not.
 */

#include "tests/unit/test.h"

#include <unistd.h>

#include "base/enc.h"
#include "tests/unit/ca/ceremony/ceremony_second.h"

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

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
	const struct CMUnitTest tests[] = {
		TEST(notices_each_change_on_the_way),
		TEST(believes_no_unsigned_requests),
		TEST(believes_one_signer_only),
		TEST(believes_no_other_instance),
		TEST(a_revoked_access_ca_asks_for_nothing),
		TEST(signs_nothing_that_was_asked_for_long_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
