/*
 * Messages of CMP: read strictly, and believed for their MAC.  Those here were
 * made by openssl's client.
 */

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "tests/unit/ca/x509/cmp_messages.h"
#include "x509/cmp.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_openssl_sends),
		cmocka_unit_test(refuses_another_secret),
		cmocka_unit_test(refuses_sha1),
		cmocka_unit_test(refuses_a_request_without_its_key),
		cmocka_unit_test(believes_no_part_of_a_message),
		cmocka_unit_test(believes_no_message_with_another_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
