/*
 * Names: of our one shape, or recognised as a stranger's.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "x509/name.h"

static uint8_t space[1024];

static struct span
put(const struct name *n)
{
	struct span out = { NULL, 0 };
	struct der w;

	der_start(&w, space, sizeof(space));
	name_put(&w, n);
	assert_int_equal(der_done(&w, &out), 0);
	return out;
}

static const struct name device = {
	.country = { (const uint8_t *)"DE", 2 },
	.organisation = { (const uint8_t *)"M\xc3\xbcller", 7 },
	.unit = { (const uint8_t *)"supplier", 8 },
	.common_name = { (const uint8_t *)"meter", 5 },
	.serial_number = { (const uint8_t *)"A-1", 3 },
};

static void
reads_what_it_wrote(void **state)
{
	struct span in = put(&device);
	struct buf text = BUF_EMPTY;
	struct name n;

	(void)state;
	assert_int_equal(name_parse(&in, &n), 0);
	assert_int_equal(in.n, 0);
	assert_false(n.foreign);
	assert_true(span_equal(n.organisation, device.organisation));
	assert_true(span_equal(n.serial_number, device.serial_number));
	name_write(&n, &text);
	assert_string_equal(buf_str(&text),
	    "C=DE, O=M\xc3\xbcller, OU=supplier, CN=meter, serialNumber=A-1");
	buf_free(&text);
}

/* The hex of a Name: is it a stranger's? */
static bool
is_foreign(const char *hex)
{
	struct buf b = BUF_EMPTY;
	struct name n;
	struct span in;

	assert_int_equal(hex_decode(&b, span_str(hex)), 0);
	in = buf_span(&b);
	assert_int_equal(name_parse(&in, &n), 0);
	buf_free(&b);
	return n.foreign;
}

static void
tells_a_strangers_name(void **state)
{
	(void)state;
	assert_false(is_foreign("300d310b3009060355040a0c024162"));
	/* an attribute that we never issue (L) */
	assert_true(is_foreign("300d310b300906035504070c024162"));
	/* O as PrintableString */
	assert_true(is_foreign("300d310b3009060355040a13024162"));
	/* O twice */
	assert_true(is_foreign("301a310b3009060355040a0c024162"
			       "310b3009060355040a0c024162"));
	/* two attributes in one set */
	assert_true(is_foreign("3018311630090603550403"
			       "0c02416230090603550405"
			       "13024162"));
	/* C in small letters */
	assert_true(is_foreign("300d310b3009060355040613026465"));
}

static void
refuses_names_that_are_not_DER(void **state)
{
	static const char *const bad[] = {
		"300d310b3009060355040a0c034162", /* too long */
		"30053103300102",		  /* no identifier */
		"300e310c300a060355040a0c02416205",
		"300d310b3009060355040a0c02c328", /* no UTF-8 */
	};
	struct buf b = BUF_EMPTY;
	struct name n;
	struct span in;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_clear(&b);
		assert_int_equal(hex_decode(&b, span_str(bad[i])), 0);
		in = buf_span(&b);
		assert_int_equal(name_parse(&in, &n), -1);
		assert_string_equal(err_code(), "DER_MALFORMED");
	}
	buf_free(&b);
}

static void
refuses_attributes_out_of_bounds(void **state)
{
	struct name n = device;

	(void)state;
	assert_int_equal(name_check(&n), 0);
	n.country = span_str("de");
	assert_int_equal(name_check(&n), -1);
	n = device;
	n.common_name = span_str("0123456789012345678901234567890123456789"
				 "0123456789012345678901234");
	assert_int_equal(name_check(&n), -1);
	n = device;
	n.serial_number = span_str("a_b");
	assert_int_equal(name_check(&n), -1);
	n = device;
	n.organisation = span_str("line\nbreak");
	assert_int_equal(name_check(&n), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(tells_a_strangers_name),
		cmocka_unit_test(refuses_names_that_are_not_DER),
		cmocka_unit_test(refuses_attributes_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
