/*
 * MACs of CMP by PBMAC1: what one is believed for, and that a message that has
 * one is the same with the other kind.  (Bouncy Castle's are in 58-cmp.)
 */

#include "tests/unit/test.h"

#include <string.h>

#include "base/err.h"
#include "tests/unit/ca/x509/cmp_messages.h"
#include "x509/cmp_inside.h"

#define SECRET	   "a-secret-of-some-length"
#define ITERATIONS 100 /* few: each octet is tried */

static struct span
original(void)
{
	return span_of(mac_ir, sizeof(mac_ir));
}

static void
make(struct span der, bool pbmac1, uint64_t iterations, struct buf *out)
{
	buf_clear(out);
	assert_int_equal(
	    cmp_mac_instead(der, pbmac1, iterations, span_str(SECRET), out), 0);
}

static bool
is_believed(struct span der, const char *secret)
{
	struct cmp_message m;

	return cmp_read(der, &m) == 0 &&
	    cmp_verify_mac(&m, span_str(secret)) == 0;
}

static void
is_the_same_message_with_either(void **state)
{
	struct buf with = BUF_EMPTY, back = BUF_EMPTY;
	struct cmp_message was, is, again;

	(void)state;
	make(original(), true, ITERATIONS, &with);
	make(buf_span(&with), false, 0, &back);
	assert_int_equal(cmp_read(original(), &was), 0);
	assert_int_equal(cmp_read(buf_span(&with), &is), 0);
	assert_int_equal(cmp_read(buf_span(&back), &again), 0);
	assert_true(is.pbmac1 && !was.pbmac1 && !again.pbmac1);
	assert_int_equal(is.iterations, ITERATIONS);
	assert_true(span_equal(was.body, is.body));
	assert_true(span_equal(was.transaction, is.transaction));
	assert_true(span_equal(was.kid, is.kid));
	assert_int_equal(was.time, is.time);
	assert_true(is_believed(buf_span(&with), SECRET));
	assert_true(is_believed(buf_span(&back), SECRET));
	assert_false(span_equal(is.salt, again.salt));
	buf_free(&with);
	buf_free(&back);
}

static void
refuses_another_secret(void **state)
{
	struct buf with = BUF_EMPTY;

	(void)state;
	make(original(), true, ITERATIONS, &with);
	assert_false(is_believed(buf_span(&with), "another"));
	assert_string_equal(err_code(), "CMP_PROTECTION");
	assert_false(is_believed(buf_span(&with), ""));
	buf_free(&with);
}

/* The nth place of these octets. */
static uint8_t *
find(struct buf *b, const char *octets, size_t n, int nth)
{
	size_t i;

	for (i = 0; i + n <= b->n; i++)
		if (memcmp(b->p + i, octets, n) == 0 && nth-- == 0)
			return b->p + i;
	fail_msg("it is not there");
	return NULL;
}

static void
check_algorithm(const struct buf *b)
{
	struct cmp_message m;

	assert_int_equal(cmp_read(buf_span(b), &m), -1);
	assert_string_equal(err_code(), "CMP_ALGORITHM");
	assert_int_equal(m.transaction.n, 16); /* but knows whom to answer */
}

/* One octet of the algorithm is another. */
static void
check_with(const char *octets, size_t n, int nth, size_t at, uint8_t is)
{
	struct buf b = BUF_EMPTY;

	make(original(), true, ITERATIONS, &b);
	find(&b, octets, n, nth)[at] = is;
	check_algorithm(&b);
	buf_free(&b);
}

static void
refuses_weak_ones(void **state)
{
	static const char hmac[] = "\x2a\x86\x48\x86\xf7\x0d\x02\x09";
	static const char pbkdf2[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
	struct buf b = BUF_EMPTY;

	(void)state;
	check_with(hmac, 8, 0, 7, 0x07);	   /* SHA-1 derives */
	check_with(hmac, 8, 1, 7, 0x07);	   /* or is in the MAC */
	check_with(pbkdf2, 9, 0, 8, 0x0d);	   /* PBES2 */
	check_with("\x02\x01\x20", 3, 0, 2, 0x10); /* a key of 16 octets */
	make(original(), true, 99, &b);
	check_algorithm(&b);
	make(original(), true, 10001, &b);
	check_algorithm(&b);
	make(original(), true, 10000, &b);
	assert_true(is_believed(buf_span(&b), SECRET));
	buf_free(&b);
}

static void
believes_none_with_another_octet(void **state)
{
	struct buf with = BUF_EMPTY, out = BUF_EMPTY;
	size_t i;
	unsigned bit;

	(void)state;
	make(original(), true, ITERATIONS, &with);
	for (i = 0; i < with.n; i++)
		for (bit = 0; bit < 8; bit++) {
			with.p[i] ^= (uint8_t)(1u << bit);
			if (is_believed(buf_span(&with), SECRET))
				fail_msg("octet %zu, bit %u", i, bit);
			with.p[i] ^= (uint8_t)(1u << bit);
		}
	for (with.n--; with.n > 0; with.n--) { /* nor is a part another's */
		buf_clear(&out);
		assert_int_equal(cmp_mac_instead(buf_span(&with), false, 0,
				     span_str(SECRET), &out),
		    -1);
	}
	buf_free(&out);
	buf_free(&with);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_same_message_with_either),
		cmocka_unit_test(refuses_another_secret),
		cmocka_unit_test(refuses_weak_ones),
		cmocka_unit_test(believes_none_with_another_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
