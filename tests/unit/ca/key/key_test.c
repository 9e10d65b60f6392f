/*
 * Keys of every algorithm, and signatures that others verify.
 */

#include "tests/unit/test.h"

#include "base/enc.h"
#include "tests/unit/ca/key/key_file.h"

static void
says_which_algorithms_there_are(void **state)
{
	enum key_kind kind = KEY_P256;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		assert_int_equal(
		    key_by_name(span_str(key_name((enum key_kind)i)), &kind),
		    0);
		assert_int_equal(kind, i);
		assert_int_equal(
		    key_kind_of_signature(
			key_algorithm_of_signatures((enum key_kind)i), &kind),
		    0);
		assert_int_equal(kind, i);
	}
	assert_int_equal(key_by_name(span_str("P-521"), &kind), -1);
	assert_int_equal(key_by_name(span_str("p-256"), &kind), -1);
	assert_true(key_is_available(KEY_P256));
	assert_true(key_is_available(KEY_ED25519));
	if (!key_is_available(KEY_ML_DSA_65)) {
		assert_null(key_generate(KEY_ML_DSA_65));
		assert_non_null(strstr(err_text(), "OpenSSL 3.5"));
	}
}

/* The same message in pieces is the same message, however often signed. */
static void
in_pieces(const struct key *k, const struct key *public)
{
	struct key_signing *s = key_signing_new(k);
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t n = 0;

	key_signing_put(s, span_str("y"));
	key_signing_put(s, span_str("es"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(key_signing_sign(s, signature, &n), 0);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(signature, n)),
		    0);
	}
	key_signing_free(s);
}

static void
verifies_what_it_signed_and_nothing_else(void **state)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct key *k, *public;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < KEY_KINDS; i++) {
		enum key_kind kind = (enum key_kind)i;

		if (!can_make(kind))
			continue;
		k = key_generate(kind);
		public = key_from_spki(key_spki(k));
		assert_non_null(public);
		assert_false(key_is_private(public));
		assert_int_equal(
		    key_sign(k, span_str("yes"), signature, &n), 0);
		assert_true(n <= key_signature_longest(kind));
		in_pieces(k, public);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(signature, n)),
		    0);
		assert_int_equal(key_verify_point(kind, key_point(k),
				     span_str("yes"), span_of(signature, n)),
		    0);
		assert_int_equal(
		    key_verify(public, span_str("no"), span_of(signature, n)),
		    -1);
		assert_int_equal(err_kind(), ERR_DENIED);
		assert_string_equal(err_code(), "SIGNATURE");
		assert_int_equal(key_verify(public, span_str("yes"),
				     span_of(signature, n - 1)),
		    -1);
		assert_int_equal(
		    key_verify(public, span_str("yes"), span_of(NULL, 0)), -1);
		key_free(k);
		key_free(public);
	}
}

static void
verifies_raw_signatures_of_the_right_size_only(void **state)
{
	uint8_t raw[KEY_RAW_MAX];
	struct key *k = key_generate(KEY_P256);
	size_t n = 0;

	(void)state;
	assert_int_equal(key_sign_raw(k, span_str("yes"), raw, &n), 0);
	assert_int_equal(n, 64);
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 64)), 0);
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 63)), -1);
	assert_int_equal(
	    key_verify_raw(k, span_str("no"), span_of(raw, 64)), -1);
	memset(raw, 0, sizeof(raw));
	assert_int_equal(
	    key_verify_raw(k, span_str("yes"), span_of(raw, 64)), -1);
	key_free(k);
}

static void
signs_raw_with_the_lower_s_always(void **state)
{
	uint8_t raw[KEY_RAW_MAX];
	struct key *k = key_generate(KEY_P256);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(key_sign_raw(k, span_str("yes"), raw, &n), 0);
		assert_true(key_raw_is_low(KEY_P256, span_of(raw, n)));
		assert_int_equal(
		    key_verify_raw(k, span_str("yes"), span_of(raw, n)), 0);
	}
	raw[32] |= 0x80;
	assert_false(key_raw_is_low(KEY_P256, span_of(raw, 64)));
	key_free(k);
}

/* RFC 6979 appendix A.2.5, "sample" with SHA-256 */
static void
verifies_the_RFCs_vector(void **state)
{
	static const char point[] =
	    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29f"
	    "b67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d44622"
	    "99";
	static const char signature[] =
	    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
	struct buf p = BUF_EMPTY, s = BUF_EMPTY;
	struct key *k;

	(void)state;
	assert_int_equal(hex_decode(&p, span_str(point)), 0);
	assert_int_equal(hex_decode(&s, span_str(signature)), 0);
	k = key_from_point(KEY_P256, buf_span(&p));
	assert_non_null(k);
	assert_int_equal(
	    key_verify_raw(k, span_str("sample"), buf_span(&s)), 0);
	assert_true(key_is_known_test_key(KEY_P256, buf_span(&p)));
	key_free(k);
	buf_free(&p);
	buf_free(&s);
}

static void
refuses_points_that_are_none(void **state)
{
	struct key *k = key_generate(KEY_P256);
	uint8_t point[KEY_POINT_MAX];

	(void)state;
	memcpy(point, key_point(k).p, 65);
	assert_null(key_from_point(KEY_P384, span_of(point, 65)));
	assert_null(key_from_point(KEY_P256, span_of(point, 64)));
	point[64] ^= 1;
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	assert_int_equal(key_check_point(KEY_P256, span_of(point, 65)), -1);
	point[64] ^= 1;
	point[0] = 0x06; /* hybrid */
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	memset(point, 0, sizeof(point)); /* infinity, padded */
	assert_null(key_from_point(KEY_P256, span_of(point, 65)));
	assert_null(key_from_point(KEY_P256, span_of(point, 1)));
	assert_int_equal(key_verify_point(KEY_P256, span_of(point, 65),
			     span_str("x"), span_str("y")),
	    -1);
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	key_free(k);
}

/* A thread keeps the last point that it has looked at: that one, no other. */
static void
takes_no_key_for_the_one_before(void **state)
{
	struct key *a = key_generate(KEY_P256), *b = key_generate(KEY_P256);
	struct span yes = span_str("yes"), by_a;
	uint8_t signature[KEY_SIGNATURE_MAX], off[65];
	size_t n = 0;

	(void)state;
	assert_int_equal(key_sign(a, yes, signature, &n), 0);
	by_a = span_of(signature, n);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(key_check_point(KEY_P256, key_point(a)), 0);
		assert_int_equal(
		    key_verify_point(KEY_P256, key_point(a), yes, by_a), 0);
		assert_int_equal(key_check_point(KEY_P256, key_point(b)), 0);
		assert_int_equal(
		    key_verify_point(KEY_P256, key_point(b), yes, by_a), -1);
		assert_string_equal(err_code(), "SIGNATURE");
	}
	memcpy(off, key_point(a).p, sizeof(off));
	off[64] ^= 1;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    key_check_point(KEY_P256, span_of(off, sizeof(off))), -1);
		assert_int_equal(key_verify_point(KEY_P256,
				     span_of(off, sizeof(off)), yes, by_a),
		    -1);
		assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	}
	assert_int_equal(
	    key_verify_point(KEY_P256, key_point(a), yes, by_a), 0);
	key_forget();
	assert_int_equal(
	    key_verify_point(KEY_P256, key_point(a), yes, by_a), 0);
	key_free(a);
	key_free(b);
}

static void
refuses_octets_behind_a_public_key(void **state)
{
	struct key *k = key_generate(KEY_P384);
	uint8_t spki[KEY_SPKI_MAX + 1] = { 0 };
	struct span s = key_spki(k);

	(void)state;
	memcpy(spki, s.p, s.n);
	assert_null(key_from_spki(span_of(spki, s.n + 1)));
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	key_free(k);
}

static void
refuses_to_sign_with_a_public_key(void **state)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct key *k = key_generate(KEY_P256);
	struct key *public = key_from_point(KEY_P256, key_point(k));
	size_t n;

	(void)state;
	assert_int_equal(key_sign(public, span_str("x"), signature, &n), -1);
	assert_int_equal(
	    key_sign_raw(public, span_str("x"), signature, &n), -1);
	assert_int_equal(key_create_file(public, in_folder("g.key"), NULL), -1);
	assert_int_equal(
	    key_sign_digest(k, span_str("short"), signature, &n), -1);
	key_free(k);
	key_free(public);
}

/* However many: each signature is of its message, and none has another's nonce.
 */
static void
signs_many_at_once(enum key_kind kind)
{
	static uint8_t signature[KEY_MANY][KEY_SIGNATURE_MAX];
	struct key *k = key_generate(kind), *public;
	struct key_signed s[KEY_MANY];
	char text[KEY_MANY][8];
	size_t n, i, j;

	public = key_from_point(kind, key_point(k));
	for (n = 0; n <= KEY_MANY; n++) {
		for (i = 0; i < n; i++) {
			(void)snprintf(text[i], sizeof(text[i]), "%zu", i % 7);
			s[i] = (struct key_signed){ span_str(text[i]),
				signature[i], 0 };
		}
		assert_int_equal(key_sign_many(k, s, n), 0);
		for (i = 0; i < n; i++) {
			assert_int_equal(key_verify(public, s[i].message,
					     span_of(s[i].signature, s[i].n)),
			    0);
			assert_int_equal(key_verify(public, span_str("x"),
					     span_of(s[i].signature, s[i].n)),
			    -1);
			/* r, which is the nonce's, begins behind 4 octets */
			for (j = 0; j < i; j++)
				assert_memory_not_equal(
				    signature[i] + 5, signature[j] + 5, 24);
		}
	}
	s[0].message = span_str("x");
	assert_int_equal(key_sign_many(public, s, 8), -1);
	key_free(k);
	key_free(public);
}

static void
signs_many_messages_at_once(void **state)
{
	(void)state;
	signs_many_at_once(KEY_P256);
	signs_many_at_once(KEY_P384);
}

/* The same as JOSE has it, always with the lower s. */
static void
signs_many_raw_at_once(enum key_kind kind)
{
	static uint8_t signature[KEY_MANY][KEY_RAW_MAX];
	struct key *k = key_generate(kind), *public;
	struct key_signed s[KEY_MANY];
	char text[KEY_MANY][8];
	size_t n, i;

	public = key_from_point(kind, key_point(k));
	for (n = 0; n <= KEY_MANY; n++) {
		for (i = 0; i < n; i++) {
			(void)snprintf(text[i], sizeof(text[i]), "%zu", i);
			s[i] = (struct key_signed){ span_str(text[i]),
				signature[i], 0 };
		}
		assert_int_equal(key_sign_raw_many(k, s, n), 0);
		for (i = 0; i < n; i++) {
			struct span raw = span_of(s[i].signature, s[i].n);

			assert_int_equal(
			    key_verify_raw(public, s[i].message, raw), 0);
			assert_int_equal(
			    key_verify_raw(public, span_str("x"), raw), -1);
			assert_true(key_raw_is_low(kind, raw));
		}
	}
	s[0].message = span_str("x");
	assert_int_equal(key_sign_raw_many(public, s, 8), -1);
	key_free(k);
	key_free(public);
}

static void
signs_many_raw_with_the_lower_s(void **state)
{
	(void)state;
	signs_many_raw_at_once(KEY_P256);
	signs_many_raw_at_once(KEY_P384);
	signs_many_raw_at_once(KEY_ED25519);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_which_algorithms_there_are),
		cmocka_unit_test(verifies_what_it_signed_and_nothing_else),
		cmocka_unit_test(
		    verifies_raw_signatures_of_the_right_size_only),
		cmocka_unit_test(signs_raw_with_the_lower_s_always),
		cmocka_unit_test(verifies_the_RFCs_vector),
		cmocka_unit_test(refuses_points_that_are_none),
		cmocka_unit_test(takes_no_key_for_the_one_before),
		cmocka_unit_test(refuses_octets_behind_a_public_key),
		cmocka_unit_test(refuses_to_sign_with_a_public_key),
		cmocka_unit_test(signs_many_messages_at_once),
		cmocka_unit_test(signs_many_raw_with_the_lower_s),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
