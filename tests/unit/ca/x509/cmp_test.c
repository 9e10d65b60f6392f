/*
 * Messages of CMP: read strictly, and believed for their MAC.  Those here were
 * made by openssl's client.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "tests/unit/ca/x509/cmp_messages.h"
#include "tests/unit/pki.h"
#include "x509/cmp.h"
#include "x509/der.h"
#include "x509/oid.h"

#define SECRET "a-secret-of-some-length"

/* Would it be believed: read, its MAC, its proof of possession? */
static bool
is_believed(struct span der)
{
	struct cmp_message m;
	struct cmp_request r;

	return cmp_read(der, &m) == 0 &&
	    cmp_verify_mac(&m, span_str(SECRET)) == 0 &&
	    cmp_read_request(&m, &r) == 0 && csr_verify(&r.crmf.csr) == 0;
}

static void
reads_what_openssl_sends(void **state)
{
	struct cmp_message m;
	struct cmp_request r;

	(void)state;
	assert_true(is_believed(span_of(mac_ir, sizeof(mac_ir))));
	assert_int_equal(cmp_read(span_of(mac_ir, sizeof(mac_ir)), &m), 0);
	assert_int_equal(m.type, CMP_IR);
	assert_int_equal(m.version, 2);
	assert_int_equal(m.transaction.n, 16);
	assert_int_equal(m.sender_nonce.n, 16);
	assert_true(m.has_time);
	assert_true(span_equal(m.kid, span_str("TRE-1")));
	assert_int_equal(cmp_read_request(&m, &r), 0);
	assert_true(crmf_is(m.request));
	assert_int_equal(r.crmf.csr.point.n, 65);
}

/* As an answer of ours can be, whose certificates are signed with ML-DSA. */
static void
reads_a_header_however_long_the_rest_is(void **state)
{
	static uint8_t space[20000], certificate[17000];
	struct span content, long_one;
	struct cmp_message m;
	struct der w;

	(void)state;
	assert_int_equal(der_get_only(span_of(mac_ir, sizeof(mac_ir)),
			     DER_SEQUENCE, "it", &content),
	    0);
	der_start(&w, space, sizeof(space));
	der_put_tlv(
	    &w, DER_OCTET_STRING, span_of(certificate, sizeof(certificate)));
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_CONTEXT_CONS(1), 0);
	der_put_span(&w, content);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &long_one), 0);
	assert_int_equal(cmp_read(long_one, &m), -1);
	assert_int_equal(cmp_read_header(long_one, &m), 0);
	assert_int_equal(m.sender_nonce.n, 16);
	assert_int_equal(m.sender_nonce.p[0], 0xe3);
	assert_int_equal(cmp_read_header(span_of(mac_ir, 40), &m), -1);
}

static void
refuses_another_secret(void **state)
{
	struct cmp_message m;

	(void)state;
	assert_int_equal(cmp_read(span_of(mac_ir, sizeof(mac_ir)), &m), 0);
	assert_int_equal(cmp_verify_mac(&m, span_str("another")), -1);
	assert_string_equal(err_code(), "CMP_PROTECTION");
	assert_int_equal(cmp_verify_mac(&m, span_of(NULL, 0)), -1);
}

static void
refuses_sha1(void **state)
{
	struct cmp_message m;

	(void)state;
	assert_int_equal(cmp_read(span_of(sha1_ir, sizeof(sha1_ir)), &m), -1);
	assert_string_equal(err_code(), "CMP_ALGORITHM");
	/* but knows whom to answer */
	assert_int_equal(m.transaction.n, 16);
}

static void
refuses_a_request_without_its_key(void **state)
{
	struct cmp_message m;
	struct cmp_request r;

	(void)state;
	assert_int_equal(cmp_read(span_of(ra_ir, sizeof(ra_ir)), &m), 0);
	assert_int_equal(cmp_read_request(&m, &r), -1);
	assert_string_equal(err_code(), "CRMF_POP");
	assert_int_equal(cmp_read(span_of(none_ir, sizeof(none_ir)), &m), 0);
	assert_int_equal(cmp_read_request(&m, &r), -1);
	assert_string_equal(err_code(), "CRMF_POP");
}

/* Where in mac_ir these octets are first. */
static size_t
find(const char *octets, size_t n)
{
	size_t at = 0;

	while (memcmp(mac_ir + at, octets, n) != 0)
		at++;
	return at;
}

/*
 * mac_ir with other octets in the place of n of its protectionAlg, and the
 * lengths of all that these stand in as they are then.
 */
static struct span
with(uint8_t *space, size_t at, size_t n, const char *octets, size_t length)
{
	size_t algorithm = find("\xa1\x3e\x30\x3c", 4);
	size_t lengths[] = { 3, 6, algorithm + 1, algorithm + 3,
		algorithm + 16 };
	size_t i, behind = sizeof(mac_ir) - at - n;

	memcpy(space, mac_ir, at);
	memcpy(space + at, octets, length);
	memcpy(space + at + length, mac_ir + at + n, behind);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		space[lengths[i]] += (uint8_t)(length - n);
	return span_of(space, at + length + behind);
}

static void
check_algorithm(struct span der)
{
	struct cmp_message m;

	assert_int_equal(cmp_read(der, &m), -1);
	assert_string_equal(err_code(), "CMP_ALGORITHM");
}

static void
refuses_weak_macs(void **state)
{
	uint8_t space[sizeof(mac_ir) + 8];
	struct cmp_message m;
	size_t at = find("\x02\x02\x01\xf4", 4); /* 500 iterations */

	(void)state;
	assert_int_equal(
	    cmp_read(with(space, at, 4, "\x02\x02\x01\xf5", 4), &m), 0);
	assert_int_equal(
	    cmp_read(with(space, at, 4, "\x02\x01\x64", 3), &m), 0);
	check_algorithm(with(space, at, 4, "\x02\x01\x63", 3));
	check_algorithm(with(space, at, 4, "\x02\x03\x01\x86\xa1", 5));
	/* of the one-way function the last octet: SHA-384 */
	check_algorithm(with(space, at - 1, 1, "\x02", 1));
}

static void
refuses_two_requests_at_once(void **state)
{
	uint8_t space[2 * sizeof(mac_ir)];
	struct cmp_message m;
	struct span der;
	struct der w;
	size_t mark;

	(void)state;
	assert_int_equal(cmp_read(span_of(mac_ir, sizeof(mac_ir)), &m), 0);
	der_start(&w, space, sizeof(space));
	der_put_octet_bits(&w, m.signature);
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	mark = der_mark(&w);
	der_put_span(&w, m.request);
	der_put_span(&w, m.request);
	der_wrap(&w, DER_SEQUENCE, mark);
	der_wrap(&w, DER_CONTEXT_CONS(CMP_IR), mark);
	der_put_span(&w, m.header);
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &der), 0);
	assert_int_equal(cmp_read(der, &m), -1);
	assert_string_equal(err_code(), "CMP_NOT_SUPPORTED");
}

/* As good DER as any, and no AlgorithmIdentifier: libcrypto has none of it. */
static void
refuses_what_is_no_algorithm(void **state)
{
	static const uint8_t two_parameters[] = { 0x30, 0x0e, 0x06, 0x08, 0x2a,
		0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00, 0x05,
		0x00 };
	struct cmp_message m = { .protection = CMP_SIGNED,
		.algorithm = span_of(two_parameters, sizeof(two_parameters)) };
	struct pki p;

	(void)state;
	pki_start(&p);
	assert_int_equal(cmp_verify_signature(&m, buf_span(&p.root.der)), -1);
	assert_string_equal(err_code(), "CMP_ALGORITHM");
	pki_stop(&p);
}

/* On the heap, so that a sanitizer sees who reads behind its end. */
static void
believes_no_part_of_a_message(void **state)
{
	uint8_t *copy;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(mac_ir); n++) {
		copy = malloc(n + 1);
		memcpy(copy, mac_ir, n);
		assert_false(is_believed(span_of(copy, n)));
		free(copy);
	}
	copy = malloc(sizeof(mac_ir) + 1);
	memcpy(copy, mac_ir, sizeof(mac_ir));
	copy[sizeof(mac_ir)] = 0;
	assert_false(is_believed(span_of(copy, sizeof(mac_ir) + 1)));
	free(copy);
}

static void
believes_no_message_with_another_octet(void **state)
{
	uint8_t copy[sizeof(mac_ir)];
	size_t i;
	unsigned bit;

	(void)state;
	for (i = 0; i < sizeof(copy); i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(copy, mac_ir, sizeof(copy));
			copy[i] ^= (uint8_t)(1u << bit);
			if (is_believed(span_of(copy, sizeof(copy))))
				fail_msg("octet %zu, bit %u", i, bit);
		}
}

/* A message of that pvno and body around what the writer has. */
static struct span
around(struct der *w, int body, uint64_t version)
{
	struct span out = { NULL, 0 };
	size_t mark;

	der_wrap(w, DER_CONTEXT_CONS(body), 0);
	mark = der_mark(w);
	der_put_tlv(w, DER_OCTET_STRING, span_str("a transaction"));
	der_wrap(w, DER_CONTEXT_CONS(4), mark);
	der_put_tlv(
	    w, DER_CONTEXT_CONS(4), span_of((const uint8_t *)"\x30\0", 2));
	der_put_tlv(
	    w, DER_CONTEXT_CONS(4), span_of((const uint8_t *)"\x30\0", 2));
	der_put_uint(w, version);
	der_wrap(w, DER_SEQUENCE, mark);
	der_wrap(w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(w, &out), 0);
	return out;
}

/* A certConf with that pvno, whose hashAlg is this OID with that behind it. */
static struct span
confirmation(uint8_t space[256], uint64_t version, struct span oid, bool null)
{
	struct der w;

	der_start(&w, space, 256);
	if (null)
		der_put_null(&w);
	der_put_oid(&w, oid);
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_CONTEXT_CONS(0), 0);
	der_put_uint(&w, 0);
	der_put_tlv(&w, DER_OCTET_STRING, span_str("a hash"));
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_SEQUENCE, 0);
	return around(&w, CMP_CERTCONF, version);
}

static void
reads_which_hash_a_confirmation_names(void **state)
{
	const struct {
		struct span oid;
		size_t size;
	} named[] = {
		{ oid_sha256, 32 },
		{ oid_sha384, 48 },
		{ oid_sha512, 64 },
	};
	struct cmp_message m;
	uint8_t space[256];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		assert_int_equal(cmp_read(confirmation(space, 3,
					      named[i / 2].oid, i % 2 == 1),
				     &m),
		    0);
		assert_true(m.accepted);
		assert_int_equal(m.hash_size, named[i / 2].size);
	}
	assert_int_equal(
	    cmp_read(confirmation(space, 3, oid_sha1, false), &m), -1);
	assert_string_equal(err_code(), "CMP_NOT_SUPPORTED");
}

/* Of request id, as certConf (of a hash) and as pollReq. */
static int
reads_id(bool certconf, const uint8_t *id, size_t n, struct cmp_message *m)
{
	uint8_t space[256];
	struct der w;

	der_start(&w, space, sizeof(space));
	der_put_tlv(&w, DER_INTEGER, span_of(id, n));
	if (certconf)
		der_put_tlv(&w, DER_OCTET_STRING, span_str("a hash"));
	der_wrap(&w, DER_SEQUENCE, 0);
	der_wrap(&w, DER_SEQUENCE, 0);
	return cmp_read(
	    around(&w, certconf ? CMP_CERTCONF : CMP_POLLREQ, 2), m);
}

/* RFC 9483 sections 4.1.1 and 4.1.4: there is one, 0, or -1 of a p10cr. */
static void
goes_on_with_the_one_request_only(void **state)
{
	static const uint8_t good[] = { 0, 0xff }, bad[] = { 1, 7, 0xfe, 0x80 };
	struct cmp_message m;
	size_t i;
	int form;

	(void)state;
	for (form = 0; form < 2; form++) {
		for (i = 0; i < sizeof(good); i++) {
			assert_int_equal(
			    reads_id(form == 1, &good[i], 1, &m), 0);
			assert_int_equal(m.request_id, -(int)i);
		}
		for (i = 0; i < sizeof(bad); i++) {
			assert_int_equal(
			    reads_id(form == 1, &bad[i], 1, &m), -1);
			assert_string_equal(err_code(), "CMP_NOT_SUPPORTED");
		}
		assert_int_equal(
		    reads_id(form == 1, (const uint8_t *)"\1\0", 2, &m), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_openssl_sends),
		cmocka_unit_test(reads_a_header_however_long_the_rest_is),
		cmocka_unit_test(refuses_another_secret),
		cmocka_unit_test(refuses_sha1),
		cmocka_unit_test(refuses_a_request_without_its_key),
		cmocka_unit_test(refuses_weak_macs),
		cmocka_unit_test(reads_which_hash_a_confirmation_names),
		cmocka_unit_test(goes_on_with_the_one_request_only),
		cmocka_unit_test(refuses_two_requests_at_once),
		cmocka_unit_test(refuses_what_is_no_algorithm),
		cmocka_unit_test(believes_no_part_of_a_message),
		cmocka_unit_test(believes_no_message_with_another_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
