/*
 * Publications become files, and nothing else does.
 */

#include "tests/unit/test.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "revoke/crl_placed.h"
#include "revoke/place.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"
#include "x509/crl.h"

static struct place *place;

static int
start(void **state)
{
	if (make_folder(state) == -1)
		return -1;
	place = place_open(folder);
	return 0;
}

static int
stop(void **state)
{
	place_free(place);
	return remove_folder(state);
}

static void
expect_file(const char *path, mode_t mode, const char *content)
{
	struct buf b = BUF_EMPTY;
	struct stat st;
	char file[256];

	(void)snprintf(file, sizeof(file), "%s/%s", folder, path);
	assert_int_equal(io_read_file(file, 1000, &b), 0);
	assert_string_equal(buf_str(&b), content);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
	buf_free(&b);
}

static void
places_a_file_for_everybody_and_one_for_the_workers(void **state)
{
	(void)state;
	assert_int_equal(
	    place_put(place, 1, "public/crl/3/0.crl", span_str("one"), 1000),
	    0);
	assert_int_equal(
	    place_put(place, 2, "status/ocsp/3.der", span_str("two"), 1000), 0);
	assert_int_equal(
	    place_put(place, 3, "public/ca/root.cer", span_str("three"), 1000),
	    0);
	expect_file("public/crl/3/0.crl", 0644, "one");
	expect_file("status/ocsp/3.der", 0600, "two");
	expect_file("public/ca/root.cer", 0644, "three");
}

/* Its Last-Modified, the same on every host. */
static void
dates_a_file_by_when_it_was_made(void **state)
{
	char file[256];
	struct stat st;

	(void)state;
	assert_int_equal(place_put(place, 1, "public/crl/3/0.crl",
			     span_str("one"), 1000000000),
	    0);
	(void)snprintf(file, sizeof(file), "%s/public/crl/3/0.crl", folder);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mtime, 1000000000);
}

static void
wants_what_is_newer_and_nothing_else(void **state)
{
	(void)state;
	assert_true(place_wants(place, 5, "public/crl/3/0.crl"));
	assert_int_equal(
	    place_put(place, 5, "public/crl/3/0.crl", span_str("a"), 1000), 0);
	assert_false(place_wants(place, 5, "public/crl/3/0.crl"));
	assert_false(place_wants(place, 4, "public/crl/3/0.crl"));
	assert_true(place_wants(place, 6, "public/crl/3/0.crl"));
	assert_int_equal(
	    place_put(place, 6, "public/crl/3/0.crl", span_str("b"), 1000), 0);
	expect_file("public/crl/3/0.crl", 0644, "b");
}

static void
leaves_a_file_alone_that_is_the_same_already(void **state)
{
	struct stat before, after;
	char file[256];

	(void)state;
	assert_int_equal(
	    place_put(place, 1, "public/ca/3.cer", span_str("same"), 1000), 0);
	(void)snprintf(file, sizeof(file), "%s/public/ca/3.cer", folder);
	assert_int_equal(stat(file, &before), 0);
	assert_int_equal(
	    place_put(place, 2, "public/ca/3.cer", span_str("same"), 1000), 0);
	assert_int_equal(stat(file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
never_looks_again_at_a_number_of_the_feed(void **state)
{
	struct place *started_again;

	(void)state;
	assert_true(place_wants(place, 1, "public/feed/1.jws"));
	assert_int_equal(
	    place_put(place, 1, "public/feed/1.jws", span_str("one"), 1000), 0);
	assert_int_equal(place_put(place, 1, "public/feed/latest.jws",
			     span_str("one"), 1000),
	    0);
	started_again = place_open(folder);
	assert_false(place_wants(started_again, 1, "public/feed/1.jws"));
	assert_true(place_wants(started_again, 2, "public/feed/2.jws"));
	/* of what changes, one that is placed may be an older one */
	assert_true(place_wants(started_again, 1, "public/feed/latest.jws"));
	place_free(started_again);
	expect_file("public/feed/1.jws", 0644, "one");
}

static void
put_crl(struct place *p, int64_t id, uint64_t number, const struct pki_ca *ca)
{
	struct crl_spec spec = { .number = number,
		.this_update = PKI_NOW,
		.next_update = PKI_NOW + 86400,
		.issuer = path_ca_cert(ca->ca),
		.key = ca->key };
	struct buf crl = BUF_EMPTY;

	assert_int_equal(crl_build(&spec, &crl), 0);
	assert_int_equal(
	    place_put(p, id, "public/crl/3/0.crl", buf_span(&crl), 1000), 0);
	buf_free(&crl);
}

/* Whatever its id: a database that was put back gives it again. */
static void
never_replaces_a_crl_by_one_of_a_lesser_number(void **state)
{
	struct place *started_again;
	struct pki pki;

	(void)state;
	pki_start(&pki);
	put_crl(place, 7, 20, &pki.tre);
	started_again = place_open(folder);
	put_crl(started_again, 6, 19, &pki.tre);
	assert_int_equal(crl_number_placed(folder, "public/crl/3/0.crl"), 20);
	put_crl(started_again, 8, 21, &pki.tre);
	assert_int_equal(crl_number_placed(folder, "public/crl/3/0.crl"), 21);
	place_free(started_again);
	pki_stop(&pki);
}

static void
refuses_to_place_anything_elsewhere(void **state)
{
	static const char *const bad[] = { "", "public/x", "status/head",
		"status/3.state", "status/ocsp", "status/ocsp/", "public/crl/",
		"public/crl/../../authority/root.key", "public/crl/3/..",
		"public/crl/.hidden", "public/crl/3/.x", "/etc/passwd",
		"authority/root.key", "public/crl/A", "public/crl/a b",
		"status/ocsp.key", "public/crl/3/", "public/feed/",
		"public/feed.jws", "nginx/tls.key" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    place_put(place, 1, bad[i], span_str("x"), 1000), -1);
		assert_int_equal(err_kind(), ERR_DENIED);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places_a_file_for_everybody_and_one_for_the_workers),
		TEST(dates_a_file_by_when_it_was_made),
		TEST(wants_what_is_newer_and_nothing_else),
		TEST(leaves_a_file_alone_that_is_the_same_already),
		TEST(never_looks_again_at_a_number_of_the_feed),
		TEST(never_replaces_a_crl_by_one_of_a_lesser_number),
		TEST(refuses_to_place_anything_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
