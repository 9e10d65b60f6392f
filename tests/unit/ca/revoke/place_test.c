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

/* A CRL that comes octet by octet, as far as there are any. */
struct octets {
	struct span all;
	bool breaks_off;
};

static int
in_pieces(struct place_file *file, void *ctx)
{
	struct octets *o = ctx;
	size_t i;

	for (i = 0; i < o->all.n; i++)
		assert_int_equal(
		    place_file_put(file, span_of(o->all.p + i, 1)), 0);
	return o->breaks_off ? err_set(ERR_BUSY, "gone") : 0;
}

static int
put_pieces(int64_t id, struct octets o)
{
	return place_put_crl(
	    place, id, "public/crl/3/complete.crl", 1000, in_pieces, &o);
}

static uint64_t
number_there(void)
{
	return crl_number_placed(folder, "public/crl/3/complete.crl");
}

static int
count_name(const char *name, void *ctx)
{
	(void)name;
	*(int *)ctx += 1;
	return 0;
}

static void
places_a_large_crl_whole_or_not_at_all(void **state)
{
	struct buf crl[3] = { BUF_EMPTY, BUF_EMPTY, BUF_EMPTY };
	int names = 0;
	struct pki pki;

	(void)state;
	pki_start(&pki);
	for (int i = 0; i < 3; i++) {
		struct crl_spec spec = { .number = 20 + (uint64_t)i,
			.this_update = PKI_NOW,
			.next_update = PKI_NOW + 86400,
			.issuer = path_ca_cert(pki.tre.ca),
			.key = pki.tre.key };

		assert_int_equal(crl_build(&spec, &crl[i]), 0);
	}
	assert_int_equal(
	    put_pieces(7, (struct octets){ buf_span(&crl[1]), false }), 0);
	assert_int_equal(number_there(), 21);
	assert_false(place_wants(place, 7, "public/crl/3/complete.crl"));
	/* half of it */
	assert_int_equal(
	    put_pieces(
		8, (struct octets){ span_of(crl[2].p, crl[2].n - 1), false }),
	    -1);
	assert_int_equal(
	    put_pieces(8, (struct octets){ buf_span(&crl[2]), true }), -1);
	assert_int_equal(
	    put_pieces(8, (struct octets){ span_str(""), false }), -1);
	assert_true(place_wants(place, 8, "public/crl/3/complete.crl"));
	assert_int_equal(number_there(), 21);
	/* an older one, of a database that was put back */
	assert_int_equal(
	    put_pieces(8, (struct octets){ buf_span(&crl[0]), false }), 0);
	assert_int_equal(number_there(), 21);
	assert_int_equal(
	    put_pieces(9, (struct octets){ buf_span(&crl[2]), false }), 0);
	assert_int_equal(number_there(), 22);
	assert_int_equal(
	    io_each(in_folder("public/crl/3"), "*", count_name, &names), 0);
	assert_int_equal(names, 1);
	for (int i = 0; i < 3; i++)
		buf_free(&crl[i]);
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
		assert_int_equal(
		    place_put_crl(place, 1, bad[i], 1000, in_pieces,
			&(struct octets){ span_str("x"), false }),
		    -1);
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
		TEST(places_a_large_crl_whole_or_not_at_all),
		TEST(refuses_to_place_anything_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
