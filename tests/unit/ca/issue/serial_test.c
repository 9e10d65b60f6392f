/*
 * Serial numbers: an index both ways, and nothing else looks like one.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "base/io.h"
#include "issue/serial.h"
#include "tests/unit/folder.h"

static const uint8_t secret[32] = { 1, 2, 3 };
static struct serial_key *key;

static int
start(void **state)
{
	key = serial_key_new(secret);
	return make_folder(state);
}

static int
stop(void **state)
{
	serial_key_free(key);
	return remove_folder(state);
}

static void
check_both_ways(uint32_t issuer, uint64_t index)
{
	uint8_t serial[SERIAL_SIZE];
	uint32_t issuer_again = 0;
	uint64_t index_again = 0;

	serial_make(key, issuer, index, serial);
	assert_int_equal(serial[0], 0x01);
	assert_int_equal(serial_open(key, span_of(serial, sizeof(serial)),
			     &issuer_again, &index_again),
	    0);
	assert_int_equal(issuer_again, issuer);
	assert_true(index_again == index);
}

static void
gives_the_index_back(void **state)
{
	(void)state;
	check_both_ways(1, 0);
	check_both_ways(3, 65536);
	check_both_ways(UINT32_MAX, SERIAL_INDEX_MAX);
}

/* openssl enc -aes-256-ecb over 00000003 000000000007 000000000000 */
static void
agrees_with_another_implementation(void **state)
{
	uint8_t serial[SERIAL_SIZE];
	struct buf hex = BUF_EMPTY;

	(void)state;
	serial_make(key, 3, 7, serial);
	hex_encode(&hex, span_of(serial, sizeof(serial)));
	assert_string_equal(
	    buf_str(&hex), "018d491aff3b1f28e531614bdc7fd939af");
	buf_free(&hex);
}

static void
knows_what_was_never_issued(void **state)
{
	uint8_t serial[SERIAL_SIZE], other[32] = { 9 };
	struct serial_key *stranger = serial_key_new(other);
	uint32_t issuer;
	uint64_t index;

	(void)state;
	serial_make(stranger, 3, 7, serial);
	assert_int_equal(
	    serial_open(key, span_of(serial, 17), &issuer, &index), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	serial_make(key, 3, 7, serial);
	for (size_t i = 0; i < 17 * 8; i++) {
		serial[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    serial_open(key, span_of(serial, 17), &issuer, &index), -1);
		serial[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(
	    serial_open(key, span_of(serial, 16), &issuer, &index), -1);
	assert_int_equal(
	    serial_open(key, span_of(NULL, 0), &issuer, &index), -1);
	serial_key_free(stranger);
}

static void
tells_the_arc_of_a_delegated_ca(void **state)
{
	uint8_t theirs[SERIAL_SIZE] = { 0x02, 0x01, 0x02, 0x03, 0x04, 0xff };
	uint8_t ours[SERIAL_SIZE], arc[SERIAL_ARC_SIZE];
	uint32_t issuer;
	uint64_t index;

	(void)state;
	serial_arc(0x01020304, arc);
	assert_memory_equal(arc, theirs, sizeof(arc));
	assert_true(serial_is_in_arc(span_of(theirs, 17), 0x01020304));
	assert_false(serial_is_in_arc(span_of(theirs, 17), 0x01020305));
	assert_false(serial_is_in_arc(span_of(theirs, 16), 0x01020304));
	assert_false(serial_is_in_arc(span_of(arc, 5), 0x01020304));
	assert_false(serial_is_in_arc(span_of(NULL, 0), 0x01020304));
	serial_make(key, 0x01020304, 7, ours);
	assert_false(serial_is_in_arc(span_of(ours, 17), 0x01020304));
	assert_int_equal(
	    serial_open(key, span_of(theirs, 17), &issuer, &index), -1);
}

static void
keeps_its_key_in_a_file_of_its_own(void **state)
{
	uint8_t a[SERIAL_SIZE], b[SERIAL_SIZE];
	struct serial_key *first, *second;
	struct stat st;
	char *path = in_folder("serial.key");

	(void)state;
	assert_int_equal(serial_key_create(path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(serial_key_create(path), -1);
	assert_int_equal(err_kind(), ERR_CONFLICT);
	first = serial_key_load(path);
	second = serial_key_load(path);
	assert_non_null(first);
	assert_non_null(second);
	serial_make(first, 3, 7, a);
	serial_make(second, 3, 7, b);
	assert_memory_equal(a, b, sizeof(a));
	serial_key_free(first);
	serial_key_free(second);
}

static void
refuses_key_files_that_others_read_or_of_another_size(void **state)
{
	char *path = in_folder("short.key");

	(void)state;
	assert_int_equal(io_write_file(path, 0600, span_of(secret, 31)), 0);
	assert_null(serial_key_load(path));
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_int_equal(io_write_file(path, 0644, span_of(secret, 32)), 0);
	assert_null(serial_key_load(path));
	assert_int_equal(err_kind(), ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_index_back),
		cmocka_unit_test(agrees_with_another_implementation),
		cmocka_unit_test(knows_what_was_never_issued),
		cmocka_unit_test(tells_the_arc_of_a_delegated_ca),
		cmocka_unit_test(keeps_its_key_in_a_file_of_its_own),
		cmocka_unit_test(
		    refuses_key_files_that_others_read_or_of_another_size),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
