/*
 * Object identifiers: dotted text both ways, and those under our arc.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "x509/oid.h"

static void
check_both_ways(const char *dotted)
{
	struct buf b = BUF_EMPTY;
	struct oid o;

	assert_int_equal(oid_parse(dotted, &o), 0);
	oid_write(oid_span(&o), &b);
	assert_string_equal(buf_str(&b), dotted);
	buf_free(&b);
}

static void
reads_and_writes_dotted_text(void **state)
{
	(void)state;
	check_both_ways("2.5.29.15");
	check_both_ways("0.9.2342.19200300.100.1.25");
	check_both_ways("1.3.6.1.5.5.7.3.9");
	check_both_ways("2.999.33812.3.18014398509481983");
}

static void
agrees_with_the_constants(void **state)
{
	struct oid o;

	(void)state;
	assert_int_equal(oid_parse("1.2.840.10045.3.1.7", &o), 0);
	assert_true(span_equal(oid_span(&o), oid_p256));
	assert_int_equal(oid_parse("1.3.6.1.5.5.7.8.4", &o), 0);
	assert_true(span_equal(oid_span(&o), oid_hardware_module_name));
	assert_int_equal(oid_parse("1.3.6.1.5.5.7.48.1.5", &o), 0);
	assert_true(span_equal(oid_span(&o), oid_ocsp_nocheck));
}

static void
refuses_text_that_is_no_identifier(void **state)
{
	static const char *const bad[] = { "", "1", "1.", ".1", "1..2", "3.1",
		"1.40", "1.02", "1.2.a", "1.2 ", "-1.2",
		"1.2.99999999999999999999999" };
	struct oid o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(oid_parse(bad[i], &o), -1);
		assert_int_equal(err_kind(), ERR_INPUT);
	}
}

static void
knows_its_own_and_their_last_number(void **state)
{
	struct oid o;
	uint64_t last = 0;

	(void)state;
	oid_build(OID_POLICY_TRE, 3, &o);
	assert_true(oid_is(oid_span(&o), OID_POLICY_TRE, &last));
	assert_int_equal(last, 3);
	assert_false(oid_is(oid_span(&o), OID_POLICY_TERMINAL, &last));
	assert_false(oid_is(oid_span(&o), OID_MODEL, &last));
	oid_build(OID_MODEL, 1000000, &o);
	assert_true(oid_is(oid_span(&o), OID_MODEL, &last));
	assert_int_equal(last, 1000000);
	oid_build(OID_TRE_INFO, 0, &o);
	assert_true(oid_is(oid_span(&o), OID_TRE_INFO, NULL));
	/* one arc too many */
	assert_int_equal(oid_parse("2.999.33812.1.1.3.1", &o), 0);
	assert_false(oid_is(oid_span(&o), OID_POLICY_TRE, &last));
	assert_false(oid_is(oid_policies, OID_POLICY_TRE, &last));
}

static void
takes_the_configured_arc(void **state)
{
	struct buf b = BUF_EMPTY;
	struct oid before, o;

	(void)state;
	oid_build(OID_TRE_INFO, 0, &before);
	assert_int_equal(oid_set_arc("nonsense"), -1);
	assert_string_equal(oid_arc(), "2.999.33812");
	assert_int_equal(oid_set_arc("1.3.6.1.4.1.99999"), 0);
	oid_build(OID_TERMINAL_INFO, 0, &o);
	oid_write(oid_span(&o), &b);
	assert_string_equal(buf_str(&b), "1.3.6.1.4.1.99999.2.2");
	assert_false(oid_is(oid_span(&before), OID_TRE_INFO, NULL));
	assert_int_equal(oid_set_arc("2.999.33812"), 0);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_dotted_text),
		cmocka_unit_test(agrees_with_the_constants),
		cmocka_unit_test(refuses_text_that_is_no_identifier),
		cmocka_unit_test(knows_its_own_and_their_last_number),
		cmocka_unit_test(takes_the_configured_arc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
