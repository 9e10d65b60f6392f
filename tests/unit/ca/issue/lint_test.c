/*
 * The inspection: each rule is broken once.  A certificate made for one order
 * is held against another that differs in one thing.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/issue/lint_order.h"

static void
catches_another_serial_number(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	row.serial = span_of(octets, 16);
	caught_by("LINT_SERIAL");
	order(PROFILE_TRE, &pki.tre);
	spec = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	row.serial = span_of(octets + 1, 17);
	caught_by("LINT_SERIAL");
}

static void
catches_serial_numbers_that_can_be_guessed(void **state)
{
	struct template *t;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	row.serial = span_of(octets, 3);
	t = template_new(&spec);
	assert_int_equal(
	    template_build(t, &row, space, sizeof(space), &der), -1);
	assert_string_equal(err_code(), "LINT_SERIAL");
	template_free(t);
}

static void
catches_a_signature_algorithm_of_another_kind(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.issuer_key = pki.root.key;
	caught_by("LINT_ALGORITHM");
}

static void
catches_another_issuer(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.issuer = path_ca_cert(pki.terminal.ca);
	caught_by("LINT_ISSUER");
	spec.issuer = NULL;
	caught_by("LINT_ISSUER");
}

static void
catches_another_subject(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.common_name = "tre-model-2";
	caught_by("LINT_SUBJECT");
	order(PROFILE_TRE, &pki.tre);
	spec.unit = "unit";
	caught_by("LINT_SUBJECT");
	order(PROFILE_TRE, &pki.tre);
	row.device_id = span_str("ACME-0002");
	caught_by("LINT_SUBJECT");
	order(PROFILE_ACCESS, &pki.access);
	spec.organisation = "Acme Two";
	caught_by("LINT_SUBJECT");
}

static void
catches_other_dates(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.not_before++;
	caught_by("LINT_DATES");
	order(PROFILE_ACCESS, &pki.access);
	spec.not_after--;
	caught_by("LINT_DATES");
}

static void
catches_a_validity_longer_than_the_profiles(void **state)
{
	struct profile shorter;

	(void)state;
	order(PROFILE_ACCESS, &pki.access);
	shorter = *spec.profile;
	shorter.validity -= 86400;
	spec.profile = &shorter;
	caught_by("LINT_DATES");
	order(PROFILE_ACCESS, &pki.access);
	shorter = *spec.profile;
	shorter.validity = PROFILE_ENDLESS;
	spec.profile = &shorter;
	caught_by("LINT_DATES");
}

static void
catches_another_key(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	row.point = key_point(pki.tre.key);
	caught_by("LINT_KEY");
}

/* ---- afterwards */

static void
catches_a_signed_certificate_that_is_not_what_was_linted(void **state)
{
	struct span was, other = { NULL, 0 };
	static uint8_t copy[CERT_MAX];

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	was = content_of(der);
	assert_int_equal(lint_check_signed(der, was, pki.tre.key), 0);
	memcpy(copy, was.p, was.n);
	copy[100] ^= 1;
	other = span_of(copy, was.n);
	assert_int_equal(lint_check_signed(der, other, pki.tre.key), -1);
	assert_string_equal(err_code(), "LINT_FORM");
	assert_int_equal(lint_check_signed(der, was, pki.root.key), -1);
	assert_string_equal(err_code(), "LINT_SIGNATURE");
	/* r of 16 octets: a nonce that was hardly random */
	tamper_read(der, &tamper);
	tamper.signature = span_of("\x30\x06\x02\x01\x05\x02\x01\x05", 8);
	der = tamper_write(&tamper, NULL);
	assert_int_equal(
	    lint_check_signed(der, content_of(der), pki.tre.key), -1);
	assert_string_equal(err_code(), "LINT_SIGNATURE");
}

static void
catches_what_cannot_be_read(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	der.n--;
	caught_by("LINT_FORM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catches_another_serial_number),
		cmocka_unit_test(catches_serial_numbers_that_can_be_guessed),
		cmocka_unit_test(catches_a_signature_algorithm_of_another_kind),
		cmocka_unit_test(catches_another_issuer),
		cmocka_unit_test(catches_another_subject),
		cmocka_unit_test(catches_other_dates),
		cmocka_unit_test(catches_a_validity_longer_than_the_profiles),
		cmocka_unit_test(catches_another_key),
		cmocka_unit_test(
		    catches_a_signed_certificate_that_is_not_what_was_linted),
		cmocka_unit_test(catches_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
