/*
 * What a CRL lists: runs and what stands in them by itself, and of a delta what
 * was touched.
 */

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "base/io.h"
#include "issue/serial.h"
#include "revoke/crl_list.h"
#include "revoke/crl_placed.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"

static struct serial_key *serials;
static struct crl_list *list;
static const uint8_t secret[32] = { 7 };

static int
start(void **state)
{
	serials = serial_key_new(secret);
	list = crl_list_new(serials, 3);
	return make_folder(state);
}

static int
stop(void **state)
{
	crl_list_free(list);
	serial_key_free(serials);
	return remove_folder(state);
}

static void
add_run(uint64_t first, uint64_t count)
{
	struct crl_row row = {
		.first = first, .count = count, .reason = 6, .since = 100
	};

	assert_int_equal(crl_list_add(&row, list), 0);
}

static void
add_one(uint64_t index, int reason)
{
	struct crl_row row = { .first = index,
		.reason = reason,
		.since = 200,
		.invalidity = 150,
		.serial_length = SERIAL_SIZE };

	serial_make(serials, 3, index, row.serial);
	assert_int_equal(crl_list_add(&row, list), 0);
}

/* The walk in short: "4/6 5/1", index and reason of each. */
static void
gives(const char *expected)
{
	struct crl_entry e;
	char text[512];
	uint64_t index;
	uint32_t issuer;
	size_t n = 0;
	int rc;

	text[0] = '\0';
	assert_int_equal(crl_list_rewind(list), 0);
	for (;;) {
		e = (struct crl_entry){ 0 };
		if ((rc = crl_list_next(list, &e)) != 1)
			break;
		assert_int_equal(
		    serial_open(serials, span_of(e.serial, e.serial_length),
			&issuer, &index),
		    0);
		assert_int_equal(issuer, 3);
		assert_int_equal(e.when,
		    e.reason == 8	? 300
			: e.reason == 6 ? 100
					: 200);
		assert_int_equal(
		    e.invalidity, e.reason == 6 || e.reason == 8 ? 0 : 150);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d/%d",
		    n > 0 ? " " : "", (int)index, e.reason);
	}
	assert_int_equal(rc, 0);
	assert_string_equal(text, expected);
}

static void
lists_nothing(void **state)
{
	(void)state;
	gives("");
	gives("");
	assert_int_equal(crl_list_given(list), 0);
}

static void
lists_runs_and_what_stands_alone(void **state)
{
	(void)state;
	add_one(1, 1);
	add_run(4, 3);
	add_one(9, 4);
	add_run(10, 2);
	gives("1/1 4/6 5/6 6/6 9/4 10/6 11/6");
	gives("1/1 4/6 5/6 6/6 9/4 10/6 11/6");
	assert_int_equal(crl_list_given(list), 7);
}

/* First, last and in the middle of a run; runs that touch. */
static void
lets_one_by_itself_speak_in_a_run(void **state)
{
	(void)state;
	add_run(4, 4);
	add_one(4, 1);
	add_one(6, 9);
	add_one(7, 5);
	add_run(8, 2);
	add_one(9, 3);
	gives("4/1 5/6 6/9 7/5 8/6 9/3");
}

static void
gives_in_a_delta_what_was_touched_and_takes_off_what_is_good(void **state)
{
	const struct crl_touch touches[] = { { 0, 1, 300 }, { 2, 3, 300 },
		{ 3, 1, 300 }, { 4, 3, 300 }, { 20, 1, 300 } };

	(void)state;
	add_one(0, 1);
	add_one(1, 1);
	add_run(3, 2);
	add_one(4, 9);
	add_one(9, 1);
	crl_list_touch(list, touches, 5);
	gives("0/1 2/8 3/6 4/9 5/8 6/8 20/8");
	assert_int_equal(crl_list_given(list), 7);
}

static void
gives_nothing_in_a_delta_when_nothing_was_touched(void **state)
{
	(void)state;
	add_one(0, 1);
	crl_list_touch(list, NULL, 0);
	gives("");
}

/* More than is kept in memory: the rest goes through a file, twice. */
static void
gives_the_same_out_of_a_file(void **state)
{
	struct crl_entry e;
	uint64_t n, index;
	uint32_t issuer;

	(void)state;
	for (n = 0; n < 100000; n++)
		add_one(n * 2, 1);
	for (int walk = 0; walk < 2; walk++) {
		assert_int_equal(crl_list_rewind(list), 0);
		for (n = 0; crl_list_next(list, &e) == 1; n++) {
			assert_int_equal(serial_open(serials,
					     span_of(e.serial, e.serial_length),
					     &issuer, &index),
			    0);
			assert_int_equal(index, n * 2);
		}
		assert_int_equal(n, 100000);
	}
}

static void
knows_the_number_of_what_is_published(void **state)
{
	struct pki pki;
	struct crl_spec spec = { .number = 4711,
		.this_update = PKI_NOW,
		.next_update = PKI_NOW + 86400 };
	struct buf crl = BUF_EMPTY;

	(void)state;
	pki_start(&pki);
	spec.issuer = path_ca_cert(pki.tre.ca);
	spec.key = pki.tre.key;
	assert_int_equal(crl_build(&spec, &crl), 0);
	assert_int_equal(crl_number_placed(folder, "3.crl"), 0);
	assert_int_equal(
	    io_write_file(in_folder("3.crl"), 0600, buf_span(&crl)), 0);
	assert_int_equal(crl_number_placed(folder, "3.crl"), 4711);
	assert_int_equal(
	    io_write_file(in_folder("3.crl"), 0600, span_str("0")), 0);
	assert_int_equal(crl_number_placed(folder, "3.crl"), 0);
	buf_free(&crl);
	pki_stop(&pki);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(lists_nothing),
		TEST(lists_runs_and_what_stands_alone),
		TEST(lets_one_by_itself_speak_in_a_run),
		TEST(
		    gives_in_a_delta_what_was_touched_and_takes_off_what_is_good),
		TEST(gives_nothing_in_a_delta_when_nothing_was_touched),
		TEST(gives_the_same_out_of_a_file),
		TEST(knows_the_number_of_what_is_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
