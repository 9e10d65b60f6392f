/*
 * The inspection of what may be issued at all: by that issuer, and of that
 * kind, whatever the profile says.
 */

#include "tests/unit/test.h"

#include "tests/unit/ca/issue/lint_order.h"

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
	order_by_a_copy(PROFILE_TRE, &pki.tre);
	issuer.present |= CERT_EXT_KEY_USAGE;
	issuer.purposes = EKU_SERVER_AUTH;
	caught_by("LINT_ISSUER_MAY");
	issuer.purposes |= EKU_CLIENT_AUTH;
	assert_int_equal(look(), 0);
	/* purposes of an issuer bind who has none, too */
	order_by_a_copy(PROFILE_ISSUING_CA, &pki.root);
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
	order_to_be_spoilt(PROFILE_TRE, &pki.tre);
	wrong.purposes = 0;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_TERMINAL, &pki.terminal);
	wrong.purposes |= EKU_SERVER_AUTH;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_DELEGATED_CA, &pki.root);
	wrong.purposes = 0;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_ACCESS, &pki.access);
	wrong.purposes |= EKU_SERVER_AUTH;
	refuses_to_build("LINT_KIND");
	order_to_be_spoilt(PROFILE_ACCESS_CA, &pki.root);
	wrong.key_usage |= KU_DIGITAL_SIGNATURE;
	refuses_to_build("LINT_KIND");
}

static void
refuses_extensions_that_are_not_of_the_kind(void **state)
{
	static const char code[] = "LINT_KIND_HAS";

	(void)state;
	order_to_be_spoilt(PROFILE_ISSUING_CA, &pki.root);
	wrong.name_constraints = false;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_ISSUING_CA, &pki.root);
	wrong.policy = CERT_POLICY_NONE;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_DELEGATED_CA, &pki.root);
	wrong.no_other_names = false;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_ACCESS_CA, &pki.root);
	wrong.name_constraints = true;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_TRE, &pki.tre);
	wrong.policy = CERT_POLICY_NONE;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_TLS_SERVER, &pki.access);
	wrong.alt_name = ALT_NAME_NONE;
	refuses_to_build(code);
	order_to_be_spoilt(PROFILE_ROOT, NULL);
	wrong.path_length = 2;
	refuses_to_build(code);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catches_links_that_are_none),
		cmocka_unit_test(catches_issuers_that_may_not_issue_it),
		cmocka_unit_test(
		    catches_certificates_outside_their_issuers_validity),
		cmocka_unit_test(catches_policies_that_its_issuer_has_not),
		cmocka_unit_test(refuses_usages_that_are_not_of_the_kind),
		cmocka_unit_test(refuses_extensions_that_are_not_of_the_kind),
		cmocka_unit_test(
		    refuses_certificates_that_nobody_can_see_revoked),
		cmocka_unit_test(
		    refuses_validities_that_are_too_long_for_the_kind),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
