/*
 * Certificates: what is read of them, and what is refused.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "tests/unit/pki.h"
#include "tests/unit/tamper.h"
#include "x509/cert.h"
#include "x509/oid.h"

#define TEXT(s) ((struct span){ (const uint8_t *)(s), sizeof(s) - 1 })

static struct pki pki;
static struct key *key;
static struct buf tre, terminal;
static struct tamper t;

static int
start(void **state)
{
	struct template_spec s;

	(void)state;
	pki_start(&pki);
	key = key_generate(KEY_P256);
	s = pki_spec(&pki, PROFILE_TRE, &pki.tre);
	pki_build(&pki, &s, 9, key_point(key), &tre);
	s = pki_spec(&pki, PROFILE_TERMINAL, &pki.terminal);
	pki_build(&pki, &s, 9, key_point(key), &terminal);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	pki_stop(&pki);
	key_free(key);
	buf_free(&tre);
	buf_free(&terminal);
	return 0;
}

static void
reads_a_TrE_certificate(void **state)
{
	struct cert c;
	uint8_t digest[HASH_SIZE];

	(void)state;
	assert_int_equal(cert_parse(buf_span(&tre), &c), 0);
	assert_int_equal(c.serial.n, SERIAL_SIZE);
	assert_true(span_equal(c.subject.serial_number, TEXT("ACME-0001")));
	assert_true(
	    span_equal(c.issuer.der, path_ca_cert(pki.tre.ca)->subject.der));
	assert_true(c.not_before == PKI_NOW);
	assert_true(cert_is_endless(&c));
	assert_true(span_equal(c.point, key_point(key)));
	assert_true(span_equal(c.spki, key_spki(key)));
	hash_sha256(key_spki(key), digest);
	assert_memory_equal(c.spki_sha256, digest, HASH_SIZE);
	assert_true(span_equal(c.subject_key_id, key_id(key)));
	assert_true(span_equal(c.hardware_serial, TEXT("ACME-0001")));
	assert_int_equal(c.npolicies, 1);
	assert_int_equal(c.tre.level, 3);
	assert_true(span_equal(c.tre.coc_number, TEXT("TRE-2026-000001")));
	assert_false(c.ca);
	assert_int_equal(c.path_length, -1);
	assert_int_equal(c.present & CERT_UNKNOWN, 0);
	assert_int_equal(cert_verify(&c, path_ca_key(pki.tre.ca)), 0);
	assert_int_equal(cert_verify(&c, path_ca_key(pki.terminal.ca)), -1);
	assert_string_equal(err_code(), "CHAIN_SIGNATURE");
	assert_int_equal(cert_verify(&c, path_ca_key(pki.root.ca)), -1);
}

static void
reads_a_terminal_certificate(void **state)
{
	struct cert c;

	(void)state;
	assert_int_equal(cert_parse(buf_span(&terminal), &c), 0);
	assert_true(span_equal(c.terminal.tac, TEXT("35693803")));
	assert_int_equal(c.binding.key_sha256.n, 32);
	assert_int_equal(c.binding.issuer_key_id.n, 20);
	assert_int_equal(c.binding.serial.n, 17);
}

static void
reads_CA_certificates(void **state)
{
	const struct cert *root = path_ca_cert(pki.root.ca);
	const struct cert *ca = path_ca_cert(pki.tre.ca);

	(void)state;
	assert_true(root->ca);
	assert_int_equal(root->path_length, 1);
	assert_int_equal(root->key_kind, KEY_P384);
	assert_int_equal(cert_verify(root, path_ca_key(pki.root.ca)), 0);
	assert_int_equal(ca->path_length, 0);
	assert_int_equal(ca->npolicies, 4);
	assert_int_equal(ca->signed_with, KEY_P384);
	assert_true(span_equal(ca->permitted.organisation, TEXT("Acme")));
}

static void
refused_as(const char *code, struct span der)
{
	struct cert c;

	assert_int_equal(cert_parse(der, &c), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
}

#define MALFORMED "CERTIFICATE_MALFORMED"

static void
refuses_trailing_octets_and_anything_cut_short(void **state)
{
	struct buf longer = BUF_EMPTY;
	struct cert c;

	(void)state;
	buf_put_span(&longer, buf_span(&tre));
	buf_putc(&longer, '\0');
	refused_as(MALFORMED, buf_span(&longer));
	for (size_t n = 0; n < tre.n; n++)
		assert_int_equal(cert_parse(span_of(tre.p, n), &c), -1);
	buf_free(&longer);
}

/* Whatever single octet is changed: it isn't read, or isn't signed. */
static void
refuses_every_octet_changed(void **state)
{
	uint8_t changed[2048];
	struct cert c;

	(void)state;
	for (size_t i = 0; i < tre.n; i++) {
		memcpy(changed, tre.p, tre.n);
		changed[i] ^= 0x10;
		if (cert_parse(span_of(changed, tre.n), &c) == 0)
			assert_int_equal(
			    cert_verify(&c, path_ca_key(pki.tre.ca)), -1);
	}
}

/* The TrE's certificate with one part exchanged. */
static struct span
with_part(enum tamper_part which, struct span part)
{
	tamper_read(buf_span(&tre), &t);
	t.part[which] = part;
	return tamper_write(&t, NULL);
}

static void
refuses_other_versions_serials_and_dates(void **state)
{
	(void)state;
	refused_as(
	    MALFORMED, with_part(TAMPER_VERSION, TEXT("\xa0\x03\x02\x01\x01")));
	refused_as(MALFORMED, with_part(TAMPER_SERIAL, TEXT("\x02\x01\x00")));
	refused_as(MALFORMED, with_part(TAMPER_SERIAL, TEXT("\x02\x01\x80")));
	refused_as(MALFORMED,
	    with_part(TAMPER_SERIAL,
		TEXT("\x02\x15\x01\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"
		     "\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14")));
	refused_as(MALFORMED,
	    with_part(TAMPER_VALIDITY,
		TEXT("\x30\x1e\x17\x0d"
		     "270101000000Z"
		     "\x17\x0d"
		     "260101000000Z")));
	refused_as(MALFORMED,
	    with_part(TAMPER_VALIDITY,
		TEXT("\x30\x20\x17\x0d"
		     "270101000000Z"
		     "\x18\x0f"
		     "20280101000000Z")));
}

static void
refuses_algorithms_that_differ_within_and_without(void **state)
{
	(void)state;
	refused_as(MALFORMED,
	    with_part(TAMPER_ALGORITHM,
		TEXT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03")));
}

static void
refuses_algorithms_not_allowed(void **state)
{
	(void)state;
	/* sha1WithRSAEncryption */
	tamper_read(buf_span(&tre), &t);
	t.outer_algorithm = t.part[TAMPER_ALGORITHM] = TEXT(
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00");
	refused_as("ALGORITHM_NOT_ALLOWED", tamper_write(&t, NULL));
	/* ecdsa-with-SHA1 */
	t.outer_algorithm = t.part[TAMPER_ALGORITHM] =
	    TEXT("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01");
	refused_as("ALGORITHM_NOT_ALLOWED", tamper_write(&t, NULL));
	/* parameters where none belong */
	t.outer_algorithm = t.part[TAMPER_ALGORITHM] =
	    TEXT("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00");
	refused_as("ALGORITHM_NOT_ALLOWED", tamper_write(&t, NULL));
}

static void
refuses_keys_not_allowed_or_off_the_curve(void **state)
{
	uint8_t spki[KEY_SPKI_MAX];
	struct span s = key_spki(key);

	(void)state;
	/* X25519 */
	refused_as("ALGORITHM_NOT_ALLOWED",
	    with_part(TAMPER_KEY,
		TEXT("\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00"
		     "0123456789abcdef0123456789abcdef")));
	/* RSA, of 17 bits */
	refused_as(MALFORMED,
	    with_part(TAMPER_KEY,
		TEXT("\x30\x1c\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01"
		     "\x01\x01\x05\x00\x03\x0b\x00\x30\x08\x02\x03\x01\x00"
		     "\x01\x02\x01\x03")));
	memcpy(spki, s.p, s.n);
	spki[s.n - 1] ^= 1;
	refused_as(MALFORMED, with_part(TAMPER_KEY, span_of(spki, s.n)));
	spki[1] ^= 1;
	refused_as(MALFORMED, with_part(TAMPER_KEY, span_of(spki, s.n)));
}

/* The TrE's certificate with one extension's value exchanged. */
static struct span
with_ext(struct span oid, bool critical, struct span value)
{
	tamper_read(buf_span(&tre), &t);
	*tamper_find(&t, oid) = tamper_ext(&t, oid, critical, value);
	return tamper_write(&t, NULL);
}

/* The same with one more. */
static struct span
with_another(struct span oid, bool critical, struct span value)
{
	tamper_read(buf_span(&tre), &t);
	t.ext[t.next++] = tamper_ext(&t, oid, critical, value);
	return tamper_write(&t, NULL);
}

static void
refuses_unknown_critical_extensions_only(void **state)
{
	struct cert c;

	(void)state;
	refused_as(MALFORMED,
	    with_another(oid_crl_number, true, TEXT("\x02\x01\x01")));
	assert_non_null(strstr(err_text(), "unknown critical"));
	assert_int_equal(
	    cert_parse(
		with_another(oid_crl_number, false, TEXT("\x02\x01\x01")), &c),
	    0);
	assert_true(c.present & CERT_UNKNOWN);
}

static void
refuses_an_extension_twice_or_none_or_too_many(void **state)
{
	(void)state;
	tamper_read(buf_span(&tre), &t);
	t.ext[t.next++] = t.ext[0];
	refused_as(MALFORMED, tamper_write(&t, NULL));
	t.next = 0;
	refused_as(MALFORMED, tamper_write(&t, NULL));
	tamper_read(buf_span(&tre), &t);
	for (uint8_t i = 0; t.next < 17; i++) {
		uint8_t oid[] = { 0x2a, i };

		t.ext[t.next++] =
		    tamper_ext(&t, span_of(oid, 2), false, TEXT("\x05\x00"));
	}
	refused_as(MALFORMED, tamper_write(&t, NULL));
}

static void
refuses_a_default_that_is_written(void **state)
{
	(void)state;
	refused_as(MALFORMED,
	    with_another(
		oid_basic_constraints, true, TEXT("\x30\x03\x01\x01\x00")));
	tamper_read(buf_span(&tre), &t);
	t.ext[t.next++] =
	    TEXT("\x30\x0b\x06\x02\x2a\x03\x01\x01\x00\x04\x02\x05\x00");
	refused_as(MALFORMED, tamper_write(&t, NULL));
}

static void
refuses_basic_extensions_in_other_shapes(void **state)
{
	struct oid info;

	(void)state;
	refused_as(
	    MALFORMED, with_ext(oid_key_usage, true, TEXT("\x03\x01\x00")));
	refused_as(
	    MALFORMED, with_ext(oid_key_usage, true, TEXT("\x03\x02\x00\x80")));
	refused_as(MALFORMED,
	    with_ext(oid_key_usage, true, TEXT("\x03\x02\x07\x80\x00")));
	refused_as(MALFORMED,
	    with_another(oid_ext_key_usage, false, TEXT("\x30\x00")));
	refused_as(MALFORMED,
	    with_another(
		oid_basic_constraints, true, TEXT("\x30\x03\x02\x01\x00")));
	refused_as(MALFORMED,
	    with_ext(oid_subject_key_id, false, TEXT("\x04\x02\x01")));
	oid_build(OID_TRE_INFO, 0, &info);
	refused_as(MALFORMED,
	    with_ext(oid_span(&info), false, TEXT("\x30\x03\x02\x01\x01")));
	refused_as(MALFORMED,
	    with_another(oid_ocsp_nocheck, false, TEXT("\x05\x01\x00")));
}

/* What we would write otherwise counts as unknown, if it is DER. */
static void
reads_strangers_extensions_as_unknown(void **state)
{
	struct cert c;

	(void)state;
	/* SAN of an e-mail address */
	assert_int_equal(cert_parse(with_ext(oid_alt_name, false,
					TEXT("\x30\x05\x81\x03"
					     "a@b")),
			     &c),
	    0);
	assert_true(c.present & CERT_UNKNOWN);
	assert_int_equal(c.present & CERT_ALT_NAME, 0);
	assert_int_equal(c.nhosts, 0);
	/* ... but not when it is critical, or no DER */
	refused_as(MALFORMED,
	    with_ext(oid_alt_name, true,
		TEXT("\x30\x05\x81\x03"
		     "a@b")));
	refused_as(
	    MALFORMED, with_ext(oid_alt_name, false, TEXT("\x30\x05\x81\x03")));
	/* AKI with issuer and serial; a policy with a qualifier; two CDPs */
	assert_int_equal(cert_parse(with_ext(oid_authority_key_id, false,
					TEXT("\x30\x03\x82\x01\x05")),
			     &c),
	    0);
	assert_int_equal(c.authority_key_id.n, 0);
	assert_int_equal(cert_parse(with_ext(oid_policies, false,
					TEXT("\x30\x08\x30\x06\x06\x02\x2a"
					     "\x03\x30\x00")),
			     &c),
	    0);
	assert_int_equal(c.npolicies, 0);
	assert_int_equal(cert_parse(with_ext(oid_crl_points, false,
					TEXT("\x30\x04\x30\x00\x30\x00")),
			     &c),
	    0);
	assert_int_equal(c.crl_url.n, 0);
}

static void
refuses_certificates_that_are_too_long(void **state)
{
	static uint8_t longer[CERT_MAX + 1];

	(void)state;
	refused_as(MALFORMED, span_of(longer, sizeof(longer)));
}

static void
writes_and_reads_PEM(void **state)
{
	struct buf pem = BUF_EMPTY, der = BUF_EMPTY;
	struct span text;

	(void)state;
	cert_write_pem(buf_span(&tre), &pem);
	cert_write_pem(buf_span(&pki.tre.der), &pem);
	text = buf_span(&pem);
	assert_int_equal(cert_read_pem(&text, &der), 0);
	assert_true(span_equal(buf_span(&der), buf_span(&tre)));
	buf_clear(&der);
	assert_int_equal(cert_read_pem(&text, &der), 0);
	assert_true(span_equal(buf_span(&der), buf_span(&pki.tre.der)));
	assert_int_equal(cert_read_pem(&text, &der), -1);
	assert_int_equal(err_kind(), ERR_ABSENT);
	buf_free(&pem);
	buf_free(&der);
}

static void
writes_all_of_it_as_text(void **state)
{
	struct buf text = BUF_EMPTY, serial = BUF_EMPTY;
	struct cert c;

	(void)state;
	assert_int_equal(cert_parse(buf_span(&tre), &c), 0);
	cert_write_text(&c, false, &text);
	buf_puts(&serial, "serial: ");
	hex_encode(&serial, c.serial);
	assert_non_null(strstr(buf_str(&text), buf_str(&serial)));
	assert_non_null(
	    strstr(buf_str(&text), "not before: 2026-11-24T06:00:00Z"));
	assert_non_null(strstr(buf_str(&text), "signature: 30"));
	buf_free(&text);
	buf_free(&serial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_TrE_certificate),
		cmocka_unit_test(reads_a_terminal_certificate),
		cmocka_unit_test(reads_CA_certificates),
		cmocka_unit_test(
		    refuses_trailing_octets_and_anything_cut_short),
		cmocka_unit_test(refuses_every_octet_changed),
		cmocka_unit_test(refuses_other_versions_serials_and_dates),
		cmocka_unit_test(
		    refuses_algorithms_that_differ_within_and_without),
		cmocka_unit_test(refuses_algorithms_not_allowed),
		cmocka_unit_test(refuses_keys_not_allowed_or_off_the_curve),
		cmocka_unit_test(refuses_unknown_critical_extensions_only),
		cmocka_unit_test(
		    refuses_an_extension_twice_or_none_or_too_many),
		cmocka_unit_test(refuses_a_default_that_is_written),
		cmocka_unit_test(refuses_basic_extensions_in_other_shapes),
		cmocka_unit_test(reads_strangers_extensions_as_unknown),
		cmocka_unit_test(refuses_certificates_that_are_too_long),
		cmocka_unit_test(writes_and_reads_PEM),
		cmocka_unit_test(writes_all_of_it_as_text),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
