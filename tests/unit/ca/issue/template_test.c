/*
 * Certificates of every profile: as the golden files say, to OpenSSL's
 * liking, and refused when the order makes no sense.
 *
 * GOLDEN=write in the environment writes the golden files anew.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#include "base/err.h"
#include "base/io.h"
#include "issue/lint.h"
#include "tests/unit/folder.h"
#include "tests/unit/pki.h"

static struct pki pki;
static struct key *key;

static int
start(void **state)
{
	pki_start(&pki);
	key = key_generate(KEY_P256);
	return make_folder(state);
}

static int
stop(void **state)
{
	pki_stop(&pki);
	key_free(key);
	return remove_folder(state);
}

/* A finished certificate of that profile, as the system would make it. */
static void
make(enum profile_kind kind, struct buf *der)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1" };
	struct pki_ca *issuer = &pki.access;
	struct template_spec s;

	if (kind == PROFILE_TRE || kind == PROFILE_OCSP_SIGNER)
		issuer = &pki.tre;
	if (kind == PROFILE_ROOT_LINK || kind == PROFILE_DELEGATED_CA)
		issuer = &pki.root;
	if (kind == PROFILE_ROOT_OCSP_SIGNER)
		issuer = &pki.root;
	if (kind == PROFILE_TERMINAL)
		issuer = &pki.terminal;
	s = pki_spec(&pki, kind, issuer);
	s.common_name = kind == PROFILE_TRE ? "tre-model"
	    : kind == PROFILE_TERMINAL	    ? "meter"
					    : "someone";
	if (kind == PROFILE_ACCESS)
		s.unit = "supplier";
	if (kind == PROFILE_TLS_SERVER) {
		s.hosts = hosts;
		s.nhosts = 3;
	}
	if (kind == PROFILE_ROOT_LINK)
		pki_name_as_root(&s);
	pki_build(&pki, &s, 70000, key_point(key), der);
}

static struct span
der_of(enum profile_kind kind, struct buf *der)
{
	switch (kind) {
	case PROFILE_ROOT:
		return buf_span(&pki.root.der);
	case PROFILE_ACCESS_CA:
		return buf_span(&pki.access.der);
	case PROFILE_ISSUING_CA:
		return buf_span(&pki.terminal.der);
	default:
		make(kind, der);
		return buf_span(der);
	}
}

static void
check_golden(const char *name, const struct cert *c)
{
	struct buf text = BUF_EMPTY, want = BUF_EMPTY;
	const char *mode = getenv("GOLDEN");
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
	cert_write_text(c, true, &text);
	if (mode != NULL && strcmp(mode, "write") == 0)
		assert_int_equal(io_write_file(path, 0644, buf_span(&text)), 0);
	assert_int_equal(io_read_file(path, 65536, &want), 0);
	assert_string_equal(buf_str(&text), buf_str(&want));
	buf_free(&text);
	buf_free(&want);
}

static void
agrees_with_the_golden_file_of_each_profile(void **state)
{
	struct buf der = BUF_EMPTY;
	struct cert c;

	(void)state;
	for (int kind = 0; kind < PROFILE_KINDS; kind++) {
		buf_clear(&der);
		assert_int_equal(
		    cert_parse(der_of((enum profile_kind)kind, &der), &c), 0);
		check_golden(
		    profile_get(pki.profiles, (enum profile_kind)kind)->name,
		    &c);
	}
	buf_free(&der);
}

static void
write_pem(const char *name, struct span der)
{
	struct buf pem = BUF_EMPTY;

	cert_write_pem(der, &pem);
	assert_int_equal(
	    io_write_file(in_folder(name), 0600, buf_span(&pem)), 0);
	buf_free(&pem);
}

/* What a shell says, less its status. */
static int
run(const char *command, struct buf *out)
{
	FILE *f = popen(command, "r");
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf_reserve(out, 4096), 1, 4096, f)) > 0)
		out->n += n;
	return pclose(f);
}

static void
satisfies_openssl_verify_strictly(void **state)
{
	struct buf der = BUF_EMPTY, out = BUF_EMPTY;
	char command[512];

	(void)state;
	write_pem("root.pem", buf_span(&pki.root.der));
	for (int kind = PROFILE_ACCESS; kind < PROFILE_KINDS; kind++) {
		struct pki_ca *issuer = kind == PROFILE_TERMINAL ? &pki.terminal
		    : kind == PROFILE_TRE || kind == PROFILE_OCSP_SIGNER
		    ? &pki.tre
		    : kind == PROFILE_ROOT_OCSP_SIGNER ? &pki.root
						       : &pki.access;

		buf_clear(&der);
		buf_clear(&out);
		make((enum profile_kind)kind, &der);
		write_pem("leaf.pem", buf_span(&der));
		write_pem("issuer.pem", buf_span(&issuer->der));
		(void)snprintf(command, sizeof(command),
		    "cd %s && openssl verify -x509_strict -policy_check "
		    "-attime %lld -CAfile root.pem -untrusted issuer.pem "
		    "leaf.pem 2>&1 && openssl asn1parse -in leaf.pem "
		    ">/dev/null 2>&1",
		    folder, (long long)PKI_NOW + 1);
		if (run(command, &out) != 0)
			fail_msg("%s: %s",
			    profile_get(pki.profiles, (enum profile_kind)kind)
				->name,
			    buf_str(&out));
	}
	buf_free(&der);
	buf_free(&out);
}

/* What OpenSSL reads in it is what we meant. */
static void
says_to_openssl_what_was_ordered(void **state)
{
	static const char *const want[] = { "ASN1 OID: prime256v1", "O=Acme",
		"serialNumber=ACME-0001",
		"Not After : Dec 31 23:59:59 9999 GMT",
		"URI:" PKI_URL "/crl/4/1.crl", "OCSP - URI:" PKI_URL "/ocsp",
		"CA Issuers - URI:" PKI_URL "/ca/4.cer",
		"Policy: 2.999.33812.1.2.2" };
	struct buf der = BUF_EMPTY, out = BUF_EMPTY;
	char command[256];

	(void)state;
	make(PROFILE_TERMINAL, &der);
	write_pem("terminal.pem", buf_span(&der));
	(void)snprintf(command, sizeof(command),
	    "cd %s && openssl x509 -in terminal.pem -noout -text "
	    "-nameopt RFC2253 2>&1",
	    folder);
	assert_int_equal(run(command, &out), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (strstr(buf_str(&out), want[i]) == NULL)
			fail_msg("%s is not in %s", want[i], buf_str(&out));
	buf_free(&der);
	buf_free(&out);
}

static void
names_the_shard_of_each_index(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	struct buf der = BUF_EMPTY;
	struct cert c;

	(void)state;
	pki_build(&pki, &s, 65535, key_point(key), &der);
	assert_int_equal(cert_parse(buf_span(&der), &c), 0);
	assert_true(span_equal(c.crl_url, span_str(PKI_URL "/crl/3/0.crl")));
	buf_clear(&der);
	pki_build(&pki, &s, 65536 * 12, key_point(key), &der);
	assert_int_equal(cert_parse(buf_span(&der), &c), 0);
	assert_true(span_equal(c.crl_url, span_str(PKI_URL "/crl/3/12.crl")));
	buf_clear(&der);
	s.crl_shard = 0;
	pki_build(&pki, &s, 65536, key_point(key), &der);
	assert_int_equal(cert_parse(buf_span(&der), &c), 0);
	assert_true(span_equal(c.crl_url, span_str(PKI_URL "/crl/3/0.crl")));
	buf_free(&der);
}

static void
builds_many_from_one_template(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	struct template *t = template_new(&s);
	uint8_t space[CERT_MAX], serial[SERIAL_SIZE];
	struct template_row row = { .point = key_point(key) };
	struct span der;
	char id[32];

	(void)state;
	assert_non_null(t);
	for (uint64_t i = 0; i < 200; i++) {
		serial_make(pki.serials, 3, i, serial);
		(void)snprintf(
		    id, sizeof(id), "ACME-%0*d", (int)(1 + i % 20), (int)i);
		row.serial = span_of(serial, sizeof(serial));
		row.index = i;
		row.device_id = span_str(id);
		assert_int_equal(
		    template_build(t, &row, space, sizeof(space), &der), 0);
	}
	template_free(t);
}

static void
refused(const struct template_spec *s, const char *why)
{
	assert_null(template_new(s));
	assert_int_equal(err_kind(), ERR_INPUT);
	if (strstr(err_text(), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), why);
}

static void
refuses_issuers_that_may_not_issue_it(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.root);
	struct buf der = BUF_EMPTY;
	struct profile narrow;
	struct cert leaf;

	(void)state;
	refused(&s, "exactly three");
	s = pki_spec(&pki, PROFILE_ISSUING_CA, &pki.tre);
	refused(&s, "exactly three");
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	s.issuer_key = pki.terminal.key;
	refused(&s, "not the issuer's");
	s = pki_spec(&pki, PROFILE_TRE, NULL);
	refused(&s, "only the root");
	s = pki_spec(&pki, PROFILE_ROOT, &pki.root);
	refused(&s, "no issuer");
	make(PROFILE_ACCESS, &der);
	assert_int_equal(cert_parse(buf_span(&der), &leaf), 0);
	s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);
	s.issuer = &leaf;
	s.issuer_key = key;
	refused(&s, "no CA");
	s = pki_spec(&pki, PROFILE_ROOT, NULL);
	narrow = *s.profile;
	narrow.keys = 1u << KEY_P384;
	s.profile = &narrow;
	s.issuer_key = key;
	refused(&s, "takes P-384");
	s = pki_spec(&pki, PROFILE_ROOT_OCSP_SIGNER, &pki.tre);
	refused(&s, "by the root alone");
	buf_free(&der);
}

/* Whoever only wants to see what would be signed needs no private key. */
static void
prepares_by_a_public_key_and_signs_not(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);
	uint8_t space[CERT_MAX], serial[17] = { 1, 2, 3 };
	struct template_row row = { .serial = span_of(serial, sizeof(serial)),
		.key = KEY_P256,
		.point = key_point(key) };
	struct template_linted linted;
	struct template *t;
	struct span der;

	(void)state;
	s.issuer_key = path_ca_key(pki.access.ca);
	assert_non_null(t = template_new(&s));
	assert_int_equal(
	    template_prepare(t, &row, space, sizeof(space), &linted), 0);
	assert_int_equal(
	    template_sign(t, &linted, space, sizeof(space), &der), -1);
	assert_non_null(strstr(err_text(), "public key"));
	template_free(t);
}

static void
refuses_names_outside_the_issuers_constraints(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.tre);

	(void)state;
	s.organisation = "Acme Two";
	refused(&s, "name constraints");
	s = pki_spec(&pki, PROFILE_OCSP_SIGNER, &pki.tre);
	s.country = "FR";
	refused(&s, "name constraints");
}

static void
refuses_specs_that_lack_something(void **state)
{
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	const char *bad_host = "a b";

	(void)state;
	s.common_name = NULL;
	refused(&s, "C, O and CN");
	s = pki_spec(&pki, PROFILE_ACCESS, &pki.access);
	s.country = "de";
	refused(&s, "capital");
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	s.tre.level = 5;
	refused(&s, "level");
	s = pki_spec(&pki, PROFILE_TERMINAL, &pki.terminal);
	s.terminal.site = span_of(NULL, 0);
	refused(&s, "text about the model");
	s = pki_spec(&pki, PROFILE_TLS_SERVER, &pki.access);
	refused(&s, "1 to 16 names");
	s.hosts = &bad_host;
	s.nhosts = 1;
	refused(&s, "no host name");
	s = pki_spec(&pki, PROFILE_ISSUING_CA, &pki.root);
	s.role = PROFILE_ACCESS;
	refused(&s, "for TrEs or for terminals");
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	s.public_url = "http://host/";
	refused(&s, "slash");
	s.public_url = "https://host";
	refused(&s, "http://");
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	s.not_after = s.not_before - 1;
	refused(&s, "end before");
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	s.not_before = 1000;
	refused(&s, "outside the issuer's validity");
}

static void
row_refused(struct template *t, const struct template_row *row)
{
	uint8_t space[CERT_MAX];
	struct span der;

	assert_int_equal(
	    template_build(t, row, space, sizeof(space), &der), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
}

static void
refuses_rows_that_lack_something(void **state)
{
	static const uint8_t octets[32] = { 1 };
	struct template_spec s =
	    pki_spec(&pki, PROFILE_TERMINAL, &pki.terminal);
	struct template *t = template_new(&s);
	const struct template_row good = { .serial = span_of(octets, 17),
		.point = key_point(key),
		.device_id = span_str("A-1"),
		.tac = span_str("35693803"),
		.binding = { span_of(octets, 32), span_of(octets, 20),
		    span_of(octets, 17) } };
	struct template_row row = good;
	uint8_t space[CERT_MAX];
	struct span der;

	(void)state;
	assert_int_equal(
	    template_build(t, &row, space, sizeof(space), &der), 0);
	row.serial.n = 21;
	row_refused(t, &row);
	row = good;
	row.serial.n = 0;
	row_refused(t, &row);
	row = good;
	row.point = key_point(pki.root.key);
	row_refused(t, &row);
	row = good;
	row.device_id = span_str("");
	row_refused(t, &row);
	row.device_id = span_str("a@b");
	row_refused(t, &row);
	row = good;
	row.tac = span_str("3569380x");
	row_refused(t, &row);
	row = good;
	row.binding.key_sha256.n = 31;
	row_refused(t, &row);
	row = good;
	row.binding.serial.n = 0;
	row_refused(t, &row);
	template_free(t);
}

static void
says_so_when_there_is_no_room(void **state)
{
	static const uint8_t serial[17] = { 1 };
	struct template_spec s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	struct template *t = template_new(&s);
	const struct template_row row = { .serial = span_of(serial, 17),
		.point = key_point(key),
		.device_id = span_str("A-1") };
	uint8_t space[CERT_MAX];
	struct span der;

	(void)state;
	for (size_t n = 0; n < 700; n += 50) {
		assert_int_equal(template_build(t, &row, space, n, &der), -1);
		assert_int_equal(err_kind(), ERR_INTERNAL);
	}
	template_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_golden_file_of_each_profile),
		cmocka_unit_test(satisfies_openssl_verify_strictly),
		cmocka_unit_test(says_to_openssl_what_was_ordered),
		cmocka_unit_test(names_the_shard_of_each_index),
		cmocka_unit_test(builds_many_from_one_template),
		cmocka_unit_test(refuses_issuers_that_may_not_issue_it),
		cmocka_unit_test(prepares_by_a_public_key_and_signs_not),
		cmocka_unit_test(refuses_names_outside_the_issuers_constraints),
		cmocka_unit_test(refuses_specs_that_lack_something),
		cmocka_unit_test(refuses_rows_that_lack_something),
		cmocka_unit_test(says_so_when_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
