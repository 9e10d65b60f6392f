/*
 * DER: one form for each value, every other refused; what is written backwards
 * reads forwards.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "x509/der.h"

static struct buf octets;

/* The hex text as octets, until the next call. */
static struct span
hex(const char *text)
{
	buf_clear(&octets);
	assert_int_equal(hex_decode(&octets, span_str(text)), 0);
	return buf_span(&octets);
}

#define refused(call)                                                          \
	do {                                                                   \
		assert_int_equal((call), -1);                                  \
		assert_int_equal(err_kind(), ERR_INPUT);                       \
		assert_string_equal(err_code(), "DER_MALFORMED");              \
	} while (0)

static void
takes_one_element_off_the_front(void **state)
{
	struct span in = hex("0201050500"), whole, content;
	uint8_t tag = 0;

	(void)state;
	assert_int_equal(der_get_any(&in, &tag, &whole, &content), 0);
	assert_int_equal(tag, DER_INTEGER);
	assert_int_equal(whole.n, 3);
	assert_int_equal(content.n, 1);
	assert_int_equal(der_get_null(&in), 0);
	assert_int_equal(der_end(in, "it"), 0);
}

/* However an element begins, and however much of it is there. */
static void
reads_by_its_tag_what_it_reads_of_any(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 5, 129, 130, 131, 300 };
	uint8_t space[300] = { 0 }, tag;
	size_t i;
	int n;

	(void)state;
	for (n = 0; n < 0x10000; n++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct span in = span_of(space, sizes[i]), any = in;
			struct span c = { NULL, 0 }, whole, theirs = c;
			int rc, other;

			space[0] = (uint8_t)(n >> 8);
			space[1] = (uint8_t)n;
			space[2] = 0x80;
			other = der_get_any(&any, &tag, &whole, &theirs);
			rc = der_get(&in, space[0], &c);
			assert_int_equal(rc, other);
			assert_ptr_equal(in.p, any.p);
			assert_int_equal(in.n, any.n);
			assert_ptr_equal(c.p, theirs.p);
			assert_int_equal(c.n, theirs.n);
		}
}

static void
refuses_indefinite_lengths(void **state)
{
	struct span in = hex("30800000"), c;

	(void)state;
	refused(der_get(&in, DER_SEQUENCE, &c));
}

static void
refuses_lengths_that_are_not_minimal(void **state)
{
	struct span in = hex("04817f00"), c;

	(void)state;
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = hex("0482007f00");
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = hex("0485000000000100");
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = hex("0484ffffffff00");
	refused(der_get(&in, DER_OCTET_STRING, &c));
}

static void
refuses_elements_longer_than_their_holder(void **state)
{
	struct span in = hex("040201"), c;

	(void)state;
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = hex("04");
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = hex("0482");
	refused(der_get(&in, DER_OCTET_STRING, &c));
	in = span_of(NULL, 0);
	refused(der_get_any(&in, NULL, NULL, NULL));
}

static void
refuses_another_tag_and_long_tags(void **state)
{
	struct span in = hex("0500"), c;

	(void)state;
	refused(der_get(&in, DER_INTEGER, &c));
	in = hex("1f810100");
	refused(der_get_any(&in, NULL, NULL, NULL));
}

static void
refuses_booleans_other_than_00_and_ff(void **state)
{
	struct span in = hex("010101");
	bool value;

	(void)state;
	refused(der_get_bool(&in, &value));
	in = hex("01020000");
	refused(der_get_bool(&in, &value));
}

static void
refuses_integers_that_are_negative_or_not_minimal(void **state)
{
	static const char *const bad[] = { "0200", "0201ff", "02020001",
		"0202ff80" };
	struct span in, m;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		in = hex(bad[i]);
		refused(der_get_integer(&in, &m));
	}
	in = hex("0209010000000000000000");
	refused(der_get_uint(&in, &(uint64_t){ 0 }));
}

static void
refuses_object_identifiers_that_do_not_end_or_pad(void **state)
{
	static const char *const bad[] = { "0600", "06022a86", "0603800101",
		"06042a800101" };
	struct span in, oid;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		in = hex(bad[i]);
		refused(der_get_oid(&in, &oid));
	}
	in = hex("06042a868001");
	assert_int_equal(der_get_oid(&in, &oid), 0);
}

static void
refuses_bit_strings_in_other_forms(void **state)
{
	struct span in = hex("03020780"), c;
	unsigned bits;

	(void)state;
	refused(der_get_octet_bits(&in, &c));
	in = hex("0300");
	refused(der_get_octet_bits(&in, &c));
	in = hex("03020700"); /* ends in a zero bit */
	refused(der_get_named_bits(&in, &bits));
	in = hex("030207c0"); /* an unused bit is set */
	refused(der_get_named_bits(&in, &bits));
	in = hex("03020880");
	refused(der_get_named_bits(&in, &bits));
	in = hex("030107");
	refused(der_get_named_bits(&in, &bits));
}

static void
reads_times_as_certificates_have_them(void **state)
{
	struct span in = hex("170d3439313233313233353935395a");
	int64_t when;

	(void)state;
	assert_int_equal(der_get_time(&in, &when), 0);
	assert_int_equal(when, 2524607999);
	in = hex("170d3530303130313030303030305a");
	assert_int_equal(der_get_time(&in, &when), 0);
	assert_int_equal(when, -631152000);
	in = hex("180f39393939313233313233353935395a");
	assert_int_equal(der_get_time(&in, &when), 0);
	assert_true(when == DER_TIME_END);
}

static void
refuses_times_in_other_forms(void **state)
{
	static const char *const bad[] = {
		"180f32303236303130313030303030305a", /* must be UTCTime */
		"170b323630313031303030305a",	      /* no seconds */
		"170d3236303133313030303030302b",     /* no Z */
		"170d3236313330313030303030305a",     /* month 13 */
		"170d3237303232393030303030305a",     /* 29 February 2027 */
		"170d3236303130313234303030305a",     /* hour 24 */
		"170d3236303130313030303036305a",     /* second 60 */
		"170d32360a30313030303030305a5a",
	};
	struct span in;
	int64_t when;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		in = hex(bad[i]);
		refused(der_get_time(&in, &when));
	}
}

static void
refuses_strings_outside_their_alphabet(void **state)
{
	struct span in = hex("130140"), c; /* @ */

	(void)state;
	refused(der_get_string(&in, DER_PRINTABLE, &c));
	in = hex("120161");
	refused(der_get_string(&in, DER_NUMERIC, &c));
	in = hex("16010a");
	refused(der_get_string(&in, DER_IA5, &c));
	in = hex("0c02c080"); /* overlong */
	refused(der_get_string(&in, DER_UTF8, &c));
	in = hex("0c03eda080"); /* a surrogate */
	refused(der_get_string(&in, DER_UTF8, &c));
	in = hex("0c0100");
	refused(der_get_string(&in, DER_UTF8, &c));
	in = hex("0c02c3bc");
	assert_int_equal(der_get_string(&in, DER_UTF8, &c), 0);
}

static void
refuses_trailing_octets(void **state)
{
	struct span c;

	(void)state;
	refused(der_get_only(hex("300000"), DER_SEQUENCE, "it", &c));
	assert_non_null(strstr(err_text(), "1 octets too many behind it"));
}

static void
refuses_nesting_without_end(void **state)
{
	uint8_t deep[80];

	(void)state;
	for (size_t i = 0; i < sizeof(deep); i += 2) {
		deep[i] = DER_SEQUENCE;
		deep[i + 1] = (uint8_t)(sizeof(deep) - i - 2);
	}
	refused(der_walk(span_of(deep, sizeof(deep))));
	assert_int_equal(der_walk(span_of(deep + 60, 20)), 0);
}

static void
reads_what_it_wrote(void **state)
{
	uint8_t space[512], big[200] = { 0x80 };
	struct span out, c;
	struct der w;
	uint64_t n;
	int64_t when;
	unsigned bits;
	bool yes;

	(void)state;
	der_start(&w, space, sizeof(space));
	der_put_named_bits(&w, 1 << 0 | 1 << 8);
	der_put_time(&w, DER_TIME_END);
	der_put_time(&w, 1795500000);
	der_put_bool(&w, true);
	der_put_integer(&w, span_of(big, sizeof(big)));
	der_put_uint(&w, 0);
	der_put_uint(&w, UINT64_MAX);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &out), 0);

	assert_int_equal(der_get_only(out, DER_SEQUENCE, "it", &c), 0);
	assert_int_equal(der_get_uint(&c, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(der_get_uint(&c, &n), 0);
	assert_true(n == 0);
	assert_int_equal(der_get_integer(&c, &out), 0);
	assert_int_equal(out.n, sizeof(big));
	assert_int_equal(der_get_bool(&c, &yes), 0);
	assert_true(yes);
	assert_int_equal(der_get_time(&c, &when), 0);
	assert_true(when == 1795500000);
	assert_int_equal(der_get_time(&c, &when), 0);
	assert_true(when == DER_TIME_END);
	assert_int_equal(der_get_named_bits(&c, &bits), 0);
	assert_int_equal(bits, 1 << 0 | 1 << 8);
	assert_int_equal(der_end(c, "it"), 0);
}

static void
remembers_that_it_ran_out_of_room(void **state)
{
	uint8_t space[4];
	struct span out;
	struct der w;

	(void)state;
	der_start(&w, space, sizeof(space));
	der_put_uint(&w, 1);
	der_put_uint(&w, 1);
	der_put_null(&w);
	assert_int_equal(der_done(&w, &out), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_one_element_off_the_front),
		cmocka_unit_test(reads_by_its_tag_what_it_reads_of_any),
		cmocka_unit_test(refuses_indefinite_lengths),
		cmocka_unit_test(refuses_lengths_that_are_not_minimal),
		cmocka_unit_test(refuses_elements_longer_than_their_holder),
		cmocka_unit_test(refuses_another_tag_and_long_tags),
		cmocka_unit_test(refuses_booleans_other_than_00_and_ff),
		cmocka_unit_test(
		    refuses_integers_that_are_negative_or_not_minimal),
		cmocka_unit_test(
		    refuses_object_identifiers_that_do_not_end_or_pad),
		cmocka_unit_test(refuses_bit_strings_in_other_forms),
		cmocka_unit_test(reads_times_as_certificates_have_them),
		cmocka_unit_test(refuses_times_in_other_forms),
		cmocka_unit_test(refuses_strings_outside_their_alphabet),
		cmocka_unit_test(refuses_trailing_octets),
		cmocka_unit_test(refuses_nesting_without_end),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(remembers_that_it_ran_out_of_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
