/*
 * A ceremony carried out: when, by whose key, after what, and once more after
 * an interruption.
 */

#include "tests/unit/test.h"

#include <sys/stat.h>

#include <unistd.h>

#include "tests/unit/ca/ceremony/ceremony_second.h"

static void
a_script_is_of_its_week(void **state)
{
	char before[CLOCK_TEXT_MAX], date[64];

	(void)state;
	(void)clock_write(clock_now() - 8 * 86400, before);
	(void)snprintf(date, sizeof(date), "date: %s #", before);
	in_script("date: ", date);
	json_object_set_new(
	    crl_of_requests(), "this_update", json_string(before));
	must(world_open(&c) == 0);
	refused(world_run(&c, "01"), "CEREMONY_DATE", "days from the script");
	assert_int_equal(access(in_folder("results"), F_OK), -1);
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
	in_script("{number: 6, previous: results/root.crl}",
	    "{number: 7, previous: second/root.crl}");
	json_object_set_new(crl_of_requests(), "number", json_integer(7));
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

/* An older one would hide whom the root has revoked since. */
static void
is_shown_the_last_crl(void **state)
{
	(void)state;
	second_ceremony();
	must(opens_signed() == 0 && world_run(&c, "01") == 0);
	in_script("results: second", "results: third");
	in_script("{number: 6,", "{number: 7,");
	json_object_set_new(requests, "number", json_integer(3));
	json_object_set_new(crl_of_requests(), "number", json_integer(7));
	must(opens_signed() == 0);
	refused(world_run(&c, "01"), "PREVIOUS_CRL_OLD", "the number 6");
	assert_int_equal(access(in_folder("third/root.crl"), F_OK), -1);
	in_script("previous: results/root.crl", "previous: second/root.crl");
	must(opens_signed() == 0 && world_run(&c, "01") == 0);
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
		    in_folder("script.yaml"), NULL, &text),
	    "ARTEFACT_UNKNOWN", "Ab12Cd");
	refused(world_run(&c, "01"), "CEREMONY_CONFLICT", "complete");
	must(ceremony_verify(in_folder("results"), buf_span(&first),
		 in_folder("script.yaml"), NULL, &text) == 0);
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
		 in_folder("script.yaml"), NULL, &text) == 0);
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

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
	const struct CMUnitTest tests[] = {
		TEST(a_script_is_of_its_week),
		TEST(goes_on_with_the_same_root),
		TEST(overwrites_nothing),
		TEST(is_for_the_holder_of_the_roots_key),
		TEST(signs_nothing_older_than_the_last),
		TEST(is_shown_the_last_crl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
