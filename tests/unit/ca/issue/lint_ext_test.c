/*
 * The inspection of extensions: each rule is broken once.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/issue/lint_order.h"
#include "x509/oid.h"

static void
catches_extensions_missing_or_too_many(void **state)
{
	struct profile other;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	other = *spec.profile;
	other.crl_point = false;
	spec.profile = &other;
	caught_by("LINT_EXTENSIONS");
	other.crl_point = true;
	other.purposes = 0;
	caught_by("LINT_EXTENSIONS");
}

static void
catches_other_usage_and_purposes(void **state)
{
	struct profile other;

	(void)state;
	order(PROFILE_ACCESS, &pki.access);
	other = *spec.profile;
	other.purposes = EKU_SERVER_AUTH;
	spec.profile = &other;
	caught_by("LINT_KEY_USAGE");
	other = *profile_get(pki.profiles, PROFILE_ACCESS);
	other.key_usage = KU_CRL_SIGN;
	caught_by("LINT_KEY_USAGE");
}

static void
catches_other_constraints(void **state)
{
	struct profile other;

	(void)state;
	order(PROFILE_ISSUING_CA, &pki.root);
	other = *spec.profile;
	other.path_length = 1;
	spec.profile = &other;
	caught_by("LINT_CONSTRAINTS");
}

static void
catches_other_policies(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.tre.level = 2;
	caught_by("LINT_POLICIES");
	order(PROFILE_TERMINAL, &pki.terminal);
	spec.terminal.level = 3;
	caught_by("LINT_POLICIES");
	order(PROFILE_ISSUING_CA, &pki.root);
	spec.role = PROFILE_TERMINAL;
	caught_by("LINT_POLICIES");
}

static void
catches_other_alternative_names(void **state)
{
	static const char *const others[] = { "localhost", "127.0.0.2", "::1" };
	static const char *const names[] = { "localhost", "elsewhere", "::1" };

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.model_id = 78;
	caught_by("LINT_ALT_NAME");
	order(PROFILE_TLS_SERVER, &pki.access);
	spec.hosts = others;
	caught_by("LINT_ALT_NAME");
	spec.hosts = names;
	caught_by("LINT_ALT_NAME");
	spec.nhosts = 2;
	caught_by("LINT_ALT_NAME");
}

static void
catches_other_addresses(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	row.index = 65535;
	caught_by("LINT_CRL_POINT");
	order(PROFILE_TRE, &pki.tre);
	spec.issuer_id = 31;
	caught_by("LINT_CRL_POINT");
	order(PROFILE_TRE, &pki.tre);
	spec.public_url = "http://127.0.0.1:80";
	caught_by("LINT_CRL_POINT");
	order(PROFILE_OCSP_SIGNER, &pki.tre);
	spec.issuer_id = 5;
	caught_by("LINT_ACCESS");
}

static void
catches_other_facts_about_the_model(void **state)
{
	(void)state;
	order(PROFILE_TRE, &pki.tre);
	spec.tre.least_firmware = span_str("9.9");
	caught_by("LINT_TRE_INFO");
	order(PROFILE_TERMINAL, &pki.terminal);
	spec.terminal.site = span_str("elsewhere");
	caught_by("LINT_TERMINAL_INFO");
	order(PROFILE_TERMINAL, &pki.terminal);
	row.tac = span_str("35693804");
	caught_by("LINT_TERMINAL_INFO");
}

static void
catches_a_binding_to_another_TrE(void **state)
{
	(void)state;
	order(PROFILE_TERMINAL, &pki.terminal);
	row.binding.key_sha256 = span_of(octets + 1, 32);
	caught_by("LINT_BINDING");
	order(PROFILE_TERMINAL, &pki.terminal);
	row.binding.issuer_key_id = span_of(octets + 1, 20);
	caught_by("LINT_BINDING");
	order(PROFILE_TERMINAL, &pki.terminal);
	row.binding.serial = span_of(octets, 16);
	caught_by("LINT_BINDING");
}

static void
catches_key_ids_of_other_keys(void **state)
{
	struct span id;
	uint8_t *at;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	id = path_ca_cert(pki.tre.ca)->subject_key_id;
	at = memmem(der.p, der.n, id.p, id.n);
	assert_non_null(at);
	space[at - space] ^= 1;
	caught_by("LINT_KEY_ID");
}

static void
catches_criticality_turned_around(void **state)
{
	struct span *ext;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	tamper_read(der, &tamper);
	ext = tamper_find(&tamper, oid_key_usage);
	*ext = tamper_ext(&tamper, oid_key_usage, false, tamper_value(*ext));
	der = tamper_write(&tamper, NULL);
	caught_by("LINT_CRITICAL");
	order(PROFILE_TRE, &pki.tre);
	tamper_read(der, &tamper);
	ext = tamper_find(&tamper, oid_subject_key_id);
	*ext =
	    tamper_ext(&tamper, oid_subject_key_id, true, tamper_value(*ext));
	der = tamper_write(&tamper, NULL);
	caught_by("LINT_CRITICAL");
}

static void
catches_extensions_out_of_order(void **state)
{
	struct span first;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	tamper_read(der, &tamper);
	first = tamper.ext[0];
	tamper.ext[0] = tamper.ext[1];
	tamper.ext[1] = first;
	der = tamper_write(&tamper, NULL);
	caught_by("LINT_ORDER");
	/* which others may have built otherwise */
	spec.any_order = true;
	assert_int_equal(look(), 0);
}

static void
catches_an_unknown_extension(void **state)
{
	static const uint8_t null[] = { 5, 0 };

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	tamper_read(der, &tamper);
	tamper.ext[tamper.next++] = tamper_ext(
	    &tamper, oid_crl_number, false, span_of(null, sizeof(null)));
	der = tamper_write(&tamper, NULL);
	caught_by("LINT_EXTENSIONS");
}

static void
catches_names_outside_the_issuers_constraints(void **state)
{
	struct cert narrower;

	(void)state;
	order(PROFILE_TRE, &pki.tre);
	narrower = *spec.issuer;
	narrower.permitted.organisation = span_str("Somebody else");
	spec.issuer = &narrower;
	caught_by("LINT_SCOPE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catches_extensions_missing_or_too_many),
		cmocka_unit_test(catches_other_usage_and_purposes),
		cmocka_unit_test(catches_other_constraints),
		cmocka_unit_test(catches_other_policies),
		cmocka_unit_test(catches_other_alternative_names),
		cmocka_unit_test(catches_other_addresses),
		cmocka_unit_test(catches_other_facts_about_the_model),
		cmocka_unit_test(catches_a_binding_to_another_TrE),
		cmocka_unit_test(catches_key_ids_of_other_keys),
		cmocka_unit_test(catches_criticality_turned_around),
		cmocka_unit_test(catches_extensions_out_of_order),
		cmocka_unit_test(catches_an_unknown_extension),
		cmocka_unit_test(catches_names_outside_the_issuers_constraints),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
