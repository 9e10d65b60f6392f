/*
 * The inspection: each rule is broken once.  A certificate made for one order
 * is held against another that differs in one thing.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "issue/lint.h"
#include "tests/unit/pki.h"
#include "tests/unit/tamper.h"
#include "x509/der.h"
#include "x509/oid.h"

static struct pki pki;
static struct key *key;
static const uint8_t octets[40] = { 1, 2, 3 };

/* A certificate, and the order that it fulfils. */
static struct template_spec spec;
static struct template_row row;
static uint8_t space[CERT_MAX];
static struct span der;
static struct tamper tamper;

static int
start(void **state)
{
	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	return 0;
}

/* What was signed of it. */
static struct span
content_of(struct span whole)
{
	struct span in = { NULL, 0 }, tbs = { NULL, 0 };

	if (der_get_only(whole, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &tbs) == -1)
		return whole;
	return tbs;
}

static int
look(void)
{
	return lint_check(content_of(der), &spec, &row);
}

static void
order(enum profile_kind kind, struct pki_ca *issuer)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1" };
	struct template *t;

	spec = pki_spec(&pki, kind, issuer);
	if (kind == PROFILE_TLS_SERVER) {
		spec.hosts = hosts;
		spec.nhosts = 3;
	}
	row = (struct template_row){ .serial = span_of(octets, 17),
		.index = 70000,
		.key = kind == PROFILE_ROOT ? KEY_P384 : KEY_P256,
		.point = key_point(kind == PROFILE_ROOT ? pki.root.key : key),
		.device_id = span_str("ACME-0001"),
		.tac = span_str("35693803"),
		.binding = { span_of(octets, 32), span_of(octets, 20),
		    span_of(octets, 17) } };
	t = template_new(&spec);
	pki_must(t != NULL);
	pki_must(template_build(t, &row, space, sizeof(space), &der) == 0);
	template_free(t);
	assert_int_equal(look(), 0);
}

/* Now that something is different, which rule says so? */
static void
caught_by(const char *code)
{
	assert_int_equal(look(), -1);
	assert_int_equal(err_kind(), ERR_INTERNAL);
	assert_string_equal(err_code(), code);
}

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
	other.purposes = EKU_CLIENT_AUTH;
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

/* A link of the root's to that key, named as it is or otherwise. */
static int
link_to(bool as_root, const struct key *subject)
{
	struct template *t;
	int rc;

	spec = pki_spec(&pki, PROFILE_ROOT_LINK, &pki.root);
	if (as_root)
		pki_name_as_root(&spec);
	row = (struct template_row){ .serial = span_of(octets, 17),
		.key = key_kind(subject),
		.point = key_point(subject) };
	pki_must((t = template_new(&spec)) != NULL);
	rc = template_build(t, &row, space, sizeof(space), &der);
	template_free(t);
	return rc;
}

/* Under another name it would be counted by path lengths. */
static void
catches_links_that_are_none(void **state)
{
	(void)state;
	assert_int_equal(link_to(true, key), 0);
	assert_int_equal(link_to(false, key), -1);
	assert_string_equal(err_code(), "LINT_LINK");
	assert_int_equal(link_to(true, pki.root.key), -1);
	assert_string_equal(err_code(), "LINT_LINK");
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

/* ---- what its issuer may issue */

static struct cert issuer;

/* The same order by an issuer that differs from the true one. */
static void
order_by_a_copy(enum profile_kind kind, struct pki_ca *by)
{
	order(kind, by);
	issuer = *spec.issuer;
	spec.issuer = &issuer;
}

static void
catches_issuers_that_may_not_issue_it(void **state)
{
	(void)state;
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.key_usage = KU_CRL_SIGN;
	caught_by("LINT_ISSUER_MAY");
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.ca = false;
	caught_by("LINT_ISSUER_MAY");
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	spec.issuer_key = pki.terminal.key;
	caught_by("LINT_ISSUER_MAY");
	order_by_a_copy(PROFILE_ISSUING_CA, &pki.root);
	issuer.path_length = 0;
	caught_by("LINT_ISSUER_MAY");
	order_by_a_copy(PROFILE_ACCESS, &pki.access);
	issuer.present |= CERT_EXT_KEY_USAGE;
	issuer.purposes = EKU_OCSP_SIGNING;
	caught_by("LINT_ISSUER_MAY");
	issuer.purposes |= EKU_CLIENT_AUTH;
	assert_int_equal(look(), 0);
	/* purposes of an issuer bind who has none, too */
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.present |= CERT_EXT_KEY_USAGE;
	issuer.purposes = EKU_CLIENT_AUTH;
	caught_by("LINT_ISSUER_MAY");
}

static void
catches_certificates_outside_their_issuers_validity(void **state)
{
	(void)state;
	order_by_a_copy(PROFILE_ACCESS, &pki.access);
	issuer.not_after = spec.not_after;
	assert_int_equal(look(), 0);
	issuer.not_after--;
	caught_by("LINT_OUTLIVES");
	order_by_a_copy(PROFILE_ACCESS, &pki.access);
	issuer.not_before = spec.not_before;
	assert_int_equal(look(), 0);
	issuer.not_before++;
	caught_by("LINT_OUTLIVES");
	/* a device outlives its issuer, but is not born after it */
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.not_after = spec.not_before;
	assert_int_equal(look(), 0);
	issuer.not_after--;
	caught_by("LINT_OUTLIVES");
}

static void
catches_policies_that_its_issuer_has_not(void **state)
{
	(void)state;
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.npolicies = 2; /* levels 1 and 2, and it has 3 */
	caught_by("LINT_ISSUER_POLICIES");
	issuer.npolicies = 3;
	assert_int_equal(look(), 0);
}

/* ---- what no profile may say */

static struct profile wrong;

/* Builder and lint agree on the profile, and lint refuses it all the same. */
static void
refuses_to_build(const char *code)
{
	struct template_linted linted;
	struct template *t;

	spec.profile = &wrong;
	profile_dates(&wrong, PKI_NOW, &spec.not_before, &spec.not_after);
	pki_must((t = template_new(&spec)) != NULL);
	assert_int_equal(
	    template_prepare(t, &row, space, sizeof(space), &linted), -1);
	assert_string_equal(err_code(), code);
	assert_true(lint_has_failed());
	template_free(t);
}

static void
order_to_be_spoilt(enum profile_kind kind, struct pki_ca *by)
{
	order(kind, by);
	wrong = *spec.profile;
}

static void
refuses_usages_that_are_not_of_the_kind(void **state)
{
	(void)state;
	order_to_be_spoilt(PROFILE_TRE, &pki.tre);
	wrong.key_usage |= KU_CRL_SIGN;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_TRE, &pki.tre);
	wrong.purposes = EKU_SERVER_AUTH;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_ACCESS, &pki.access);
	wrong.purposes |= EKU_SERVER_AUTH;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_ACCESS_CA, &pki.root);
	wrong.key_usage |= KU_DIGITAL_SIGNATURE;
	refuses_to_build("LINT_KIND");
}

static void
refuses_certificates_that_nobody_can_see_revoked(void **state)
{
	(void)state;
	order_to_be_spoilt(PROFILE_TRE, &pki.tre);
	wrong.crl_point = false;
	wrong.ocsp = false;
	refuses_to_build("LINT_REVOCABLE");
	order_to_be_spoilt(PROFILE_ACCESS, &pki.access);
	wrong.ocsp_nocheck = true;
	refuses_to_build("LINT_REVOCABLE");
	order_to_be_spoilt(PROFILE_OCSP_SIGNER, &pki.tre);
	wrong.ocsp_nocheck = false;
	refuses_to_build("LINT_REVOCABLE");
}

static void
refuses_validities_that_are_too_long_for_the_kind(void **state)
{
	static const int64_t day = 86400;

	(void)state;
	order_to_be_spoilt(PROFILE_ACCESS, &pki.access);
	wrong.validity = 398 * day + 1;
	refuses_to_build("LINT_TOO_LONG");
	order_to_be_spoilt(PROFILE_OCSP_SIGNER, &pki.tre);
	wrong.validity = 32 * day;
	refuses_to_build("LINT_TOO_LONG");
	order_to_be_spoilt(PROFILE_ROOT_OCSP_SIGNER, &pki.root);
	wrong.validity = 368 * day;
	refuses_to_build("LINT_TOO_LONG");
	order_to_be_spoilt(PROFILE_ROOT, NULL);
	wrong.validity = 10000 * day;
	refuses_to_build("LINT_TOO_LONG");
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
		cmocka_unit_test(catches_extensions_missing_or_too_many),
		cmocka_unit_test(catches_other_usage_and_purposes),
		cmocka_unit_test(catches_other_constraints),
		cmocka_unit_test(catches_links_that_are_none),
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
		cmocka_unit_test(catches_issuers_that_may_not_issue_it),
		cmocka_unit_test(
		    catches_certificates_outside_their_issuers_validity),
		cmocka_unit_test(catches_policies_that_its_issuer_has_not),
		cmocka_unit_test(refuses_usages_that_are_not_of_the_kind),
		cmocka_unit_test(
		    refuses_certificates_that_nobody_can_see_revoked),
		cmocka_unit_test(
		    refuses_validities_that_are_too_long_for_the_kind),
		cmocka_unit_test(
		    catches_a_signed_certificate_that_is_not_what_was_linted),
		cmocka_unit_test(catches_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
