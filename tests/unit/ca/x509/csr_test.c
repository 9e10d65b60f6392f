/*
 * Certification requests: each refusal by its code, each octet looked at.
 */

#include <string.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "key/hash.h"
#include "key/key.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/pem.h"

/* A request put together by hand; each part can be replaced. */
struct parts {
	struct span version, subject, spki, attributes, algorithm;
	const struct key *key; /* signs */
};

#define TEXT(s)                                                                \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}

static const struct span version_0 = TEXT("\x02\x01\x00");
static const struct span no_name = TEXT("\x30\x00");
static const struct span no_attributes = TEXT("\xa0\x00");
static const struct span ecdsa_sha256 =
    TEXT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");

static struct key *key;
static uint8_t space[8192], inner[4096];

static int
start(void **state)
{
	(void)state;
	return (key = key_generate(KEY_P256)) != NULL ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	key_free(key);
	return 0;
}

static struct parts
good_parts(void)
{
	return (struct parts){ version_0, no_name, key_spki(key), no_attributes,
		ecdsa_sha256, key };
}

static struct span
assemble(const struct parts *p)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct span info = { NULL, 0 }, der = { NULL, 0 };
	struct der w;
	size_t n = 0;

	der_start(&w, inner, sizeof(inner));
	der_put_span(&w, p->attributes);
	der_put_span(&w, p->spki);
	der_put_span(&w, p->subject);
	der_put_span(&w, p->version);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &info), 0);
	assert_int_equal(key_sign(p->key, info, signature, &n), 0);
	der_start(&w, space, sizeof(space));
	der_put_octet_bits(&w, span_of(signature, n));
	der_put_span(&w, p->algorithm);
	der_put_span(&w, info);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &der), 0);
	return der;
}

static void
refused_as(const char *code, struct span der)
{
	struct csr csr;

	assert_int_equal(csr_parse(der, &csr), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), code);
}

static void
takes_a_good_request(void **state)
{
	struct parts p = good_parts();
	struct csr csr;
	uint8_t digest[HASH_SIZE];

	(void)state;
	assert_int_equal(csr_parse(assemble(&p), &csr), 0);
	assert_int_equal(csr_verify(&csr), 0);
	assert_true(span_equal(csr.point, key_point(key)));
	assert_true(span_equal(csr.spki, key_spki(key)));
	hash_sha256(key_spki(key), digest);
	assert_memory_equal(csr.spki_sha256, digest, HASH_SIZE);
}

static void
takes_what_it_builds_itself(void **state)
{
	struct buf der = BUF_EMPTY, pem = BUF_EMPTY, again = BUF_EMPTY;
	struct span text;
	struct csr csr;

	(void)state;
	assert_int_equal(csr_build(key, "ACME-0001", &der), 0);
	assert_int_equal(csr_parse(buf_span(&der), &csr), 0);
	assert_int_equal(csr_verify(&csr), 0);
	csr_write_pem(buf_span(&der), &pem);
	text = buf_span(&pem);
	assert_int_equal(pem_read("CERTIFICATE REQUEST", &text, &again), 0);
	assert_true(span_equal(buf_span(&again), buf_span(&der)));
	buf_free(&der);
	buf_free(&pem);
	buf_free(&again);
}

static void
walks_over_any_subject_and_attributes(void **state)
{
	struct parts p = good_parts();
	struct csr csr;

	(void)state;
	/* emailAddress=a as IA5String */
	p.subject = (struct span)TEXT("\x30\x12\x31\x10\x30\x0e\x06\x09\x2a\x86"
				      "\x48\x86\xf7\x0d\x01\x09\x01\x16\x01"
				      "a");
	/* challengePassword "a" */
	p.attributes = (struct span)TEXT(
	    "\xa0\x12\x30\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"
	    "\x31\x03\x0c\x01"
	    "a");
	assert_int_equal(csr_parse(assemble(&p), &csr), 0);
	assert_int_equal(csr_verify(&csr), 0);
}

static void
refuses_a_request_signed_with_another_key(void **state)
{
	struct key *other = key_generate(KEY_P256);
	struct parts p = good_parts();
	struct csr csr;

	(void)state;
	p.key = other;
	assert_int_equal(csr_parse(assemble(&p), &csr), 0);
	assert_int_equal(csr_verify(&csr), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "CSR_SIGNATURE");
	key_free(other);
}

static void
refuses_other_versions(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.version = (struct span)TEXT("\x02\x01\x01");
	refused_as("CSR_MALFORMED", assemble(&p));
}

static void
refuses_malformed_subjects_and_attributes(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.subject = (struct span)TEXT("\x30\x02\x31\x00");
	refused_as("CSR_MALFORMED", assemble(&p));
	p = good_parts();
	p.attributes = (struct span)TEXT("\xa0\x02\x30\x00");
	refused_as("CSR_MALFORMED", assemble(&p));
	p.attributes = (struct span)TEXT("\xa0\x08\x30\x06\x06\x02\x2a\x03"
					 "\x31\x00");
	refused_as("CSR_MALFORMED", assemble(&p));
	p.attributes = span_of(NULL, 0);
	refused_as("CSR_MALFORMED", assemble(&p));
}

static void
refuses_other_signature_algorithms(void **state)
{
	struct parts p = good_parts();

	(void)state;
	/* sha256WithRSAEncryption */
	p.algorithm = (struct span)TEXT(
	    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00");
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
	/* ecdsa-with-SHA256 with NULL parameters */
	p.algorithm = (struct span)TEXT(
	    "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00");
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
	/* ecdsa-with-SHA384, which goes with P-384 */
	p.algorithm = (struct span)TEXT(
	    "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03");
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
}

static void
takes_every_algorithm_that_libcrypto_has(void **state)
{
	struct buf der = BUF_EMPTY;
	struct key *k;
	struct csr csr;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		if (i == KEY_RSA)
			continue;
		if (!key_is_available((enum key_kind)i)) {
			print_message("skipped: this libcrypto has no %s\n",
			    key_name((enum key_kind)i));
			continue;
		}
		k = key_generate((enum key_kind)i);
		buf_clear(&der);
		assert_int_equal(csr_build(k, "x", &der), 0);
		assert_int_equal(csr_parse(buf_span(&der), &csr), 0);
		assert_int_equal(csr.kind, i);
		assert_int_equal(csr_verify(&csr), 0);
		der.p[der.n - 40] ^= 1;
		assert_int_equal(csr_parse(buf_span(&der), &csr), 0);
		assert_int_equal(csr_verify(&csr), -1);
		key_free(k);
	}
	buf_free(&der);
}

/* P-224, a curve that libcrypto has and we have not. */
static void
refuses_other_curves(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.spki = (struct span)TEXT(
	    "\x30\x4e\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05"
	    "\x2b\x81\x04\x00\x21\x03\x3a\x00\x04\xb7\x0e\x0c\xbd\x6b\xb4"
	    "\xbf\x7f\x32\x13\x90\xb9\x4a\x03\xc1\xd3\x56\xc2\x11\x22\x34"
	    "\x32\x80\xd6\x11\x5c\x1d\x21\xbd\x37\x63\x88\xb5\xf7\x23\xfb"
	    "\x4c\x22\xdf\xe6\xcd\x43\x75\xa0\x5a\x07\x47\x64\x44\xd5\x81"
	    "\x99\x85\x00\x7e\x34");
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
}

static void
refuses_RSA_keys(void **state)
{
	struct parts p = good_parts();

	(void)state;
	p.spki = (struct span)TEXT(
	    "\x30\x1c\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05"
	    "\x00\x03\x0b\x00\x30\x08\x02\x03\x01\x00\x01\x02\x01\x03");
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
}

/* Our key's SubjectPublicKeyInfo with one octet of the point changed. */
static void
refuses_points_off_the_curve(void **state)
{
	struct parts p = good_parts();
	uint8_t spki[KEY_SPKI_MAX];

	(void)state;
	memcpy(spki, p.spki.p, p.spki.n);
	spki[p.spki.n - 1] ^= 1;
	p.spki = span_of(spki, p.spki.n);
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
	memset(spki + 27, 0, 64);
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
}

static void
refuses_the_point_at_infinity_and_compressed_ones(void **state)
{
	static const uint8_t head[] = "\x30\x19\x30\x13\x06\x07\x2a\x86\x48\xce"
				      "\x3d\x02\x01\x06\x08\x2a\x86\x48\xce"
				      "\x3d\x03\x01\x07\x03\x02\x00\x00";
	struct parts p = good_parts();
	uint8_t spki[64];

	(void)state;
	p.spki = span_of(head, sizeof(head) - 1);
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
	p = good_parts();
	memcpy(spki, p.spki.p, 26 + 33);
	spki[1] = 0x39;
	spki[24] = 0x22;
	spki[26] = 0x02;
	p.spki = span_of(spki, 26 + 33);
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
}

static void
refuses_keys_that_everybody_has(void **state)
{
	/* RFC 9500 section 2.3 */
	static const char point[] =
	    "04422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5"
	    "b16c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a4942"
	    "72";
	struct parts p = good_parts();
	struct buf b = BUF_EMPTY;
	struct key *known;

	(void)state;
	assert_int_equal(hex_decode(&b, span_str(point)), 0);
	known = key_from_point(KEY_P256, buf_span(&b));
	assert_non_null(known);
	p.spki = key_spki(known);
	refused_as("KEY_NOT_ALLOWED", assemble(&p));
	assert_non_null(strstr(err_text(), "RFC 9500"));
	key_free(known);
	buf_free(&b);
}

static void
refuses_trailing_octets_and_anything_cut_short(void **state)
{
	struct parts p = good_parts();
	struct span der = assemble(&p);
	struct buf b = BUF_EMPTY;
	struct csr csr;

	(void)state;
	buf_put_span(&b, der);
	buf_putc(&b, '\0');
	refused_as("CSR_MALFORMED", buf_span(&b));
	for (size_t n = 0; n < der.n; n++)
		assert_int_equal(csr_parse(span_of(b.p, n), &csr), -1);
	buf_free(&b);
}

static void
refuses_requests_that_are_too_long(void **state)
{
	static uint8_t longer[CSR_MAX + 1];

	(void)state;
	refused_as("CSR_MALFORMED", span_of(longer, sizeof(longer)));
}

/* No single octet can be changed and still pass. */
static void
refuses_every_octet_changed(void **state)
{
	struct parts p = good_parts();
	struct span der = assemble(&p);
	uint8_t changed[1024];
	struct csr csr;

	(void)state;
	assert_true(der.n < sizeof(changed));
	for (size_t i = 0; i < der.n; i++) {
		memcpy(changed, der.p, der.n);
		changed[i] ^= 0x01;
		if (csr_parse(span_of(changed, der.n), &csr) == 0)
			assert_int_equal(csr_verify(&csr), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_good_request),
		cmocka_unit_test(takes_what_it_builds_itself),
		cmocka_unit_test(walks_over_any_subject_and_attributes),
		cmocka_unit_test(refuses_a_request_signed_with_another_key),
		cmocka_unit_test(refuses_other_versions),
		cmocka_unit_test(refuses_malformed_subjects_and_attributes),
		cmocka_unit_test(refuses_other_signature_algorithms),
		cmocka_unit_test(takes_every_algorithm_that_libcrypto_has),
		cmocka_unit_test(refuses_other_curves),
		cmocka_unit_test(refuses_RSA_keys),
		cmocka_unit_test(refuses_points_off_the_curve),
		cmocka_unit_test(
		    refuses_the_point_at_infinity_and_compressed_ones),
		cmocka_unit_test(refuses_keys_that_everybody_has),
		cmocka_unit_test(
		    refuses_trailing_octets_and_anything_cut_short),
		cmocka_unit_test(refuses_requests_that_are_too_long),
		cmocka_unit_test(refuses_every_octet_changed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
