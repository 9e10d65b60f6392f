/*
 * PEM, RFC 7468.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "x509/pem.h"

static void
reads_what_it_wrote_block_by_block(void **state)
{
	static const uint8_t octets[100] = { 1, 2, 3 };
	struct buf text = BUF_EMPTY, der = BUF_EMPTY;
	struct span in;

	(void)state;
	buf_puts(&text, "some words before\n");
	pem_write("CERTIFICATE", span_of(octets, 100), &text);
	pem_write("OTHER", span_of(octets, 5), &text);
	pem_write("CERTIFICATE", span_of(octets, 50), &text);
	in = buf_span(&text);
	assert_int_equal(pem_read("CERTIFICATE", &in, &der), 0);
	assert_int_equal(der.n, 100);
	assert_memory_equal(der.p, octets, 100);
	assert_int_equal(pem_read("CERTIFICATE", &in, &der), 0);
	assert_int_equal(der.n, 150);
	assert_int_equal(pem_read("CERTIFICATE", &in, &der), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	buf_free(&text);
	buf_free(&der);
}

static void
writes_lines_of_64(void **state)
{
	static const uint8_t octets[49];
	struct buf text = BUF_EMPTY;

	(void)state;
	pem_write("X", span_of(octets, 49), &text);
	assert_string_equal(buf_str(&text),
	    "-----BEGIN X-----\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
	    "AA==\n"
	    "-----END X-----\n");
	buf_free(&text);
}

static void
refuses_damaged_blocks(void **state)
{
	static const char *const bad[] = { "-----BEGIN X-----\nAAAA\n",
		"-----BEGIN X-----\nAA*A\n-----END X-----\n",
		"-----BEGIN X-----\nAAA\n-----END X-----\n" };
	struct buf der = BUF_EMPTY;
	struct span in;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		in = span_str(bad[i]);
		assert_int_equal(pem_read("X", &in, &der), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
	}
	assert_int_equal(der.n, 0);
	buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote_block_by_block),
		cmocka_unit_test(writes_lines_of_64),
		cmocka_unit_test(refuses_damaged_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
