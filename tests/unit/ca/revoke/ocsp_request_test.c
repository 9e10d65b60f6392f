/*
 * OCSP requests: what is read from a good one, and each way to be bad.
 */

#include "../../test.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/err.h"
#include "revoke/ocsp_request.h"
#include "x509/der.h"
#include "x509/oid.h"

static const uint8_t zeroes[OCSP_NONCE_MAX + 1];
static uint8_t space[65536];

/* How the request to be written differs from a good one. */
struct shape {
	size_t certs;
	struct span hash_oid;
	size_t name_hash, key_hash; /* their lengths */
	bool no_null;
	struct span serial;
	bool nonce;
	size_t nonce_length;
	bool nonce_twice;
	bool unknown, critical, false_critical;
	bool single_unknown_critical;
	bool version, requestor, signature;
};

static const uint8_t serial[] = { 0x01, 0xff, 0x02 };

static struct shape
a_shape(void)
{
	return (struct shape){
		.certs = 1,
		.hash_oid = oid_sha1,
		.name_hash = 20,
		.key_hash = 20,
		.serial = span_of(serial, sizeof(serial)),
		.nonce_length = 16,
	};
}

static void
put_unknown(struct der *w, bool critical, bool written_false)
{
	static const uint8_t no = 0;
	size_t mark = der_mark(w);

	der_put_tlv(w, DER_OCTET_STRING, span_of(zeroes, 2));
	if (critical)
		der_put_bool(w, true);
	else if (written_false)
		der_put_tlv(w, DER_BOOLEAN, span_of(&no, 1));
	der_put_oid(w, oid_key_usage);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_nonce(struct der *w, size_t n)
{
	size_t mark = der_mark(w), value;

	value = der_mark(w);
	der_put_tlv(w, DER_OCTET_STRING, span_of(zeroes, n));
	der_wrap(w, DER_OCTET_STRING, value);
	der_put_oid(w, oid_ocsp_nonce);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_request(struct der *w, const struct shape *s)
{
	size_t mark = der_mark(w), part = mark, id;

	if (s->single_unknown_critical) {
		put_unknown(w, true, false);
		der_wrap(w, DER_SEQUENCE, part);
		der_wrap(w, DER_CONTEXT_CONS(0), part);
	}
	id = der_mark(w);
	der_put_integer(w, s->serial);
	der_put_tlv(w, DER_OCTET_STRING, span_of(zeroes, s->key_hash));
	der_put_tlv(w, DER_OCTET_STRING, span_of(zeroes, s->name_hash));
	part = der_mark(w);
	if (!s->no_null)
		der_put_null(w);
	der_put_oid(w, s->hash_oid);
	der_wrap(w, DER_SEQUENCE, part);
	der_wrap(w, DER_SEQUENCE, id);
	der_wrap(w, DER_SEQUENCE, mark);
}

static void
put_extensions(struct der *w, const struct shape *s)
{
	size_t mark = der_mark(w);

	if (!s->nonce && !s->unknown)
		return;
	if (s->unknown)
		put_unknown(w, s->critical, s->false_critical);
	if (s->nonce)
		put_nonce(w, s->nonce_length);
	if (s->nonce_twice)
		put_nonce(w, s->nonce_length);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_CONTEXT_CONS(2), mark);
}

static struct span
write_request(const struct shape *s)
{
	struct span out;
	struct der w;
	size_t i, mark, tbs;

	der_start(&w, space, sizeof(space));
	if (s->signature)
		der_put_tlv(&w, DER_CONTEXT_CONS(0), span_of(zeroes, 2));
	tbs = der_mark(&w);
	put_extensions(&w, s);
	mark = der_mark(&w);
	for (i = 0; i < s->certs; i++)
		put_request(&w, s);
	der_wrap(&w, DER_SEQUENCE, mark);
	if (s->requestor)
		der_put_tlv(&w, DER_CONTEXT_CONS(1), span_of(zeroes, 2));
	if (s->version) {
		mark = der_mark(&w);
		der_put_uint(&w, 0);
		der_wrap(&w, DER_CONTEXT_CONS(0), mark);
	}
	der_wrap(&w, DER_SEQUENCE, tbs);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &out), 0);
	return out;
}

static struct ocsp_request request;

static void
expect_good(const struct shape *s)
{
	int rc = ocsp_request_parse(write_request(s), &request);

	if (rc == -1)
		fail_msg("%s", err_text());
	assert_int_equal(request.n, s->certs);
}

static void
expect_bad(const struct shape *s, const char *why)
{
	assert_int_equal(ocsp_request_parse(write_request(s), &request), -1);
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_non_null(strstr(err_text(), why));
}

static void
reads_what_openssl_writes(void **state)
{
	/* openssl ocsp -issuer c.pem -serial 0x01ff02 -reqout r.der */
	static const char hex[] = "306930673040303e303c300906052b0e03021a0500"
				  "0414424ef3366d8b17e4f9865ea7849fe102bad1a82e"
				  "04144877813abaf07dc34a650bce1f5debfb10fd9743"
				  "020301ff02a2233021301f06092b0601050507300102"
				  "04120410c237c1e058f77ed076561f731f7d6560";
	struct buf der = BUF_EMPTY, text = BUF_EMPTY;

	(void)state;
	assert_int_equal(hex_decode(&der, span_str(hex)), 0);
	assert_int_equal(ocsp_request_parse(buf_span(&der), &request), 0);
	assert_int_equal(request.n, 1);
	assert_int_equal(request.certs[0].hash, OCSP_SHA1);
	assert_true(span_equal(
	    request.certs[0].serial, span_of(serial, sizeof(serial))));
	hex_encode(&text, request.certs[0].name_hash);
	assert_string_equal(
	    buf_str(&text), "424ef3366d8b17e4f9865ea7849fe102bad1a82e");
	buf_clear(&text);
	hex_encode(&text, request.certs[0].key_hash);
	assert_string_equal(
	    buf_str(&text), "4877813abaf07dc34a650bce1f5debfb10fd9743");
	buf_clear(&text);
	hex_encode(&text, request.nonce);
	assert_string_equal(
	    buf_str(&text), "0410c237c1e058f77ed076561f731f7d6560");
	assert_int_equal(request.certs[0].whole.n, 62);
	buf_free(&der);
	buf_free(&text);
}

static void
reads_sha256_with_and_without_parameters(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.hash_oid = oid_sha256;
	s.name_hash = s.key_hash = 32;
	expect_good(&s);
	assert_int_equal(request.certs[0].hash, OCSP_SHA256);
	assert_int_equal(request.nonce.n, 0);
	s.no_null = true;
	expect_good(&s);
	/* RFC 6960 allows any digest; one that we don't know is foreign */
	s.hash_oid = oid_ec_public_key;
	s.name_hash = s.key_hash = 48;
	expect_good(&s);
	assert_int_equal(request.certs[0].hash, OCSP_OTHER_HASH);
}

static void
reads_several_certificates(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.certs = OCSP_CERTS_MAX;
	expect_good(&s);
	s.certs++;
	expect_bad(&s, "more than 64 certificates");
	s.certs = 0;
	expect_bad(&s, "no certificate");
}

static void
passes_over_what_does_not_matter(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.unknown = true;
	expect_good(&s);
	s.requestor = true;
	s.signature = true;
	expect_good(&s);
}

static void
refuses_a_nonce_of_a_wrong_length(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.nonce = true;
	s.nonce_length = 1;
	expect_good(&s);
	s.nonce_length = OCSP_NONCE_MAX;
	expect_good(&s);
	s.nonce_length = 0;
	expect_bad(&s, "RFC 9654");
	s.nonce_length = OCSP_NONCE_MAX + 1;
	expect_bad(&s, "RFC 9654");
	s.nonce_length = 16;
	s.nonce_twice = true;
	expect_bad(&s, "twice");
}

static void
refuses_a_critical_extension_that_it_does_not_know(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.unknown = s.critical = true;
	expect_bad(&s, "RFC 6960 section 4.4");
	s.critical = false;
	s.false_critical = true;
	expect_bad(&s, "X.690");
	s = a_shape();
	s.single_unknown_critical = true;
	expect_bad(&s, "RFC 6960 section 4.4");
}

static void
refuses_hashes_and_serials_of_wrong_lengths(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.name_hash = 19;
	expect_bad(&s, "section 4.1.1");
	s = a_shape();
	s.key_hash = 32;
	expect_bad(&s, "section 4.1.1");
	s = a_shape();
	s.serial = span_of("\1aaaaaaaaaaaaaaaaaaaa", 21);
	expect_bad(&s, "section 4.1.2.2");
}

static void
refuses_a_version_that_is_written_out(void **state)
{
	struct shape s = a_shape();

	(void)state;
	s.version = true;
	expect_bad(&s, "v1");
}

static void
refuses_what_stands_behind_the_end(void **state)
{
	struct shape s = a_shape();
	struct buf b = BUF_EMPTY;

	(void)state;
	buf_put_span(&b, write_request(&s));
	buf_putc(&b, '\0');
	assert_int_equal(ocsp_request_parse(buf_span(&b), &request), -1);
	buf_free(&b);
	assert_int_equal(
	    ocsp_request_parse(span_of(space, OCSP_REQUEST_MAX + 1), &request),
	    -1);
	assert_int_equal(ocsp_request_parse(span_of("", 0), &request), -1);
}

/* In a buffer of exactly its size, so that a sanitizer sees a step too far. */
static int
parse_copy(const uint8_t *p, size_t n)
{
	uint8_t *copy = xcalloc(1, n);
	int rc;

	memcpy(copy, p, n);
	rc = ocsp_request_parse(span_of(copy, n), &request);
	free(copy);
	return rc;
}

static void
survives_every_truncation_and_every_flipped_bit(void **state)
{
	struct shape s = a_shape();
	struct span whole;
	uint8_t bent[1024];
	size_t i;

	(void)state;
	s.certs = 2;
	s.nonce = s.unknown = true;
	whole = write_request(&s);
	assert_true(whole.n <= sizeof(bent));
	for (i = 0; i < whole.n; i++)
		assert_int_equal(parse_copy(whole.p, i), -1);
	for (i = 0; i < whole.n * 8; i++) {
		memcpy(bent, whole.p, whole.n);
		bent[i / 8] ^= (uint8_t)(1 << i % 8);
		(void)parse_copy(bent, whole.n);
	}
}

static void
survives_octets_by_chance(void **state)
{
	struct shape s = a_shape();
	struct span whole;
	uint8_t bent[1024];
	uint32_t x = 12345;
	size_t i, j, at;

	(void)state;
	s.nonce = true;
	whole = write_request(&s);
	for (i = 0; i < 50000; i++) {
		memcpy(bent, whole.p, whole.n);
		for (j = 0; j < 4; j++) {
			x = x * 1664525 + 1013904223;
			at = (x >> 8) % whole.n;
			x = x * 1664525 + 1013904223;
			bent[at] = (uint8_t)(x >> 24);
		}
		(void)parse_copy(bent, whole.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_openssl_writes),
		cmocka_unit_test(reads_sha256_with_and_without_parameters),
		cmocka_unit_test(reads_several_certificates),
		cmocka_unit_test(passes_over_what_does_not_matter),
		cmocka_unit_test(refuses_a_nonce_of_a_wrong_length),
		cmocka_unit_test(
		    refuses_a_critical_extension_that_it_does_not_know),
		cmocka_unit_test(refuses_hashes_and_serials_of_wrong_lengths),
		cmocka_unit_test(refuses_a_version_that_is_written_out),
		cmocka_unit_test(refuses_what_stands_behind_the_end),
		cmocka_unit_test(
		    survives_every_truncation_and_every_flipped_bit),
		cmocka_unit_test(survives_octets_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
