/*
 * Weak keys, and keys that everybody has: each is refused, by the rule that it
 * breaks.  Those that can be broken are made here as their generators make
 * them.
 */

#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/unit/test.h"

#include "base/enc.h"
#include "base/err.h"
#include "key/key.h"
#include "x509/der.h"

/* The public keys of RFC 9500: all of them but the DSA ones. */
static const struct {
	const char *name, *spki, *why;
} published[] = {
	{ "testECCP256",
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71v"
	    "c75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==",
	    "in print" },
	{ "testECCP384",
	    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEWwkBuIUjKW65GdUP+hqcs3S8TUCVhigr"
	    "/soRsdla27VHNK9XC/grcijPImvPTCXdvP47GjrTlDDv92Ph1o0uFR2Rcgt3lbWN"
	    "prNGOWE6j7m1qNpIxnRxF/mRnoQk837I",
	    "in print" },
	{ "testECCP521",
	    "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB0P1yV6hMdH9WJXXAc4Xb6/L1K+pY"
	    "CD24L90VMdiq48yHX/Av9/otomDY62LW0vXWSSeOMhc2oGKMu7MDCLbmGNsA9irS"
	    "BMZGA1m8gYq4lhvw8PwOxaropCgXPOVvAN6bFXweXILGT1Yvyt78Skwo9tNCzz72"
	    "FvyC0ztyhckh8r82/dg=",
	    "P-256 or P-384" },
	{ "testRSA1024",
	    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCw0YNSqI9T1VFvRsIOejZ9feiK"
	    "z1SgGfbe9Xq5tEzt2yJCsbyg+xtcuCswNhdqY5A1ZN7G60HbL4/Hh/TlLhFJ4zNH"
	    "Vylz9mDDx3yp4IIcK2lb566dfTD0B5EQ9Iqub4twLUdLKQCBfyhmJJvsEqKxm4J4"
	    "QWgI+Brh/Pm3d4piPwIDAQAB",
	    "3072 to 4096 bits" },
	{ "testRSA2048",
	    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsPnoGUOnrpiSqt4XynxA"
	    "+HRP7S+BSObI6qJ7fQAVSPtRkqsotWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTf"
	    "Mul8b/CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92"
	    "UE68mOyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox+dWmuVV7vfYZ79Toh/"
	    "LUK43YvJh+rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8SRI+9NirupPTkF5AKN"
	    "e6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz+4+eRvcysqhrRgFlwI9T"
	    "EwIDAQAB",
	    "3072 to 4096 bits" },
	{ "testRSA4096",
	    "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAs4tJYOY75qjbqJqCl47x"
	    "9jJE5Vd9jPWGFtXKV1nUnMjZNsM4qjy5sRHBSX5bUa9pLyYR5on3Z1SAwLD0w2VP"
	    "Q6+F/oyK1zTgQqitoF/XZQjgC6D3VsNEO76DPqfRANT7Nn7r1gvbZIZ3/H3rlCRN"
	    "rRr47tHGWBLAPnxz9/NY6UG8ZkWP97uXpJqYoRgH4CwaO5rTOlc64YDh/0Mq5VgM"
	    "ycq/q2AvMlvNoJfoe8em1040qH1gikP+suT/8fS452hqmEddtRpuvQgXKldBd0kk"
	    "iyFVyLkG4NVA6Mso9MAK3J/kdYoaw2SrOeThVSiYVEQVP+7GrUxTSLLjj/VQ9fpY"
	    "M5eTNzDICIG/Ee7o/jhtW1EoSamDmUOr89lyIHaXuOwkEaJhnVXKBCM8WiztxvKG"
	    "2CnQ6Dcge3ZSmqJEhyEmjcAVC7ewfnMxOnE+WJW6rzrf+mA5WMVn+FzyWx2AondW"
	    "ow0aUKHkaY7amhIrsKp6YPfNImyxFlz8+cqDCmBswPsUh/JJ5eDHHIhibFcSgIHe"
	    "dsEjhLbUSLZ/DnEjru90qIWWA3R1VIPykKfeZkZeInsrFzGPikkFKwFF+6KDdyvC"
	    "mltYEqzO46tigXAZ5UgH8oiXEre48wO6X+FH+cLzQ0q3A8HZRnNDgqCjU/Tgy76i"
	    "aku/Ic6eteedR1fX3gJ/IOUCAwEAAQ==",
	    "in print" },
};

static void
says(const char *why)
{
	assert_int_equal(err_kind(), ERR_INPUT);
	assert_string_equal(err_code(), "KEY_NOT_ALLOWED");
	if (strstr(err_text(), why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err_text(), why);
}

/* As a request's key is judged (csr_parse()). */
static int
judge(enum key_kind kind, struct span point)
{
	if (key_check_point(kind, point) == -1)
		return -1;
	return key_check_strength(kind, point);
}

static void
refuses_every_key_of_RFC_9500(void **state)
{
	enum key_kind kind;
	struct span point;
	struct buf spki;

	(void)state;
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		spki = BUF_EMPTY;
		kind = KEY_P256;
		assert_int_equal(
		    base64_decode(&spki, span_str(published[i].spki)), 0);
		if (key_spki_split(buf_span(&spki), &kind, &point) == 0)
			assert_int_equal(judge(kind, point), -1);
		says(published[i].why);
		buf_free(&spki);
	}
}

static void
refuses_the_opposite_of_a_published_point(void **state)
{
	/* of RFC 9500's key on P-256: the same abscissa, p minus the ordinate
	 */
	static const char opposite[] =
	    "04422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5"
	    "b193b32ef2b3472a485e8ec616b77d3766da8d66ccda0bebe654816f5bd5b6bd8"
	    "d";
	struct buf point = BUF_EMPTY;

	(void)state;
	assert_int_equal(hex_decode(&point, span_str(opposite)), 0);
	assert_int_equal(key_check_point(KEY_P256, buf_span(&point)), 0);
	assert_int_equal(judge(KEY_P256, buf_span(&point)), -1);
	says("in print");
	buf_free(&point);
}

static void
refuses_points_of_small_order_on_Ed25519(void **state)
{
	static const char *const points[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"00000000000000000000000000000000000000000000000000000000000000"
		"80",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
		"05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
		"85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
		"7a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
		"fa",
	};
	struct buf point = BUF_EMPTY;

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		buf_clear(&point);
		assert_int_equal(hex_decode(&point, span_str(points[i])), 0);
		assert_int_equal(judge(KEY_ED25519, buf_span(&point)), -1);
		says("small order");
	}
	/* p + 1 is 1 in another form */
	buf_clear(&point);
	assert_int_equal(
	    hex_decode(&point,
		span_str("eeffffffffffffffffffffffffffffffffffffffffffffffffff"
			 "ffffffffff7f")),
	    0);
	assert_int_equal(judge(KEY_ED25519, buf_span(&point)), -1);
	says("one form");
	buf_free(&point);
}

static void
refuses_the_keys_of_RFC_8032(void **state)
{
	struct buf point = BUF_EMPTY;

	(void)state;
	assert_int_equal(
	    hex_decode(&point,
		span_str("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
			 "1a68f707511a")),
	    0);
	assert_int_equal(judge(KEY_ED25519, buf_span(&point)), -1);
	says("in print");
	buf_free(&point);
}

/* ---- RSA */

/* RSAPublicKey into space. */
static struct span
rsa_key(const BIGNUM *n, unsigned long e, uint8_t *space, size_t size)
{
	uint8_t octets[1024];
	struct span der = { NULL, 0 };
	struct der w;

	der_start(&w, space, size);
	der_put_uint(&w, e);
	der_put_integer(&w, span_of(octets, (size_t)BN_bn2bin(n, octets)));
	der_wrap(&w, DER_SEQUENCE, 0);
	assert_int_equal(der_done(&w, &der), 0);
	return der;
}

static BIGNUM *
prime(int bits, const BIGNUM *add, const BIGNUM *rem)
{
	BIGNUM *p = BN_new();

	assert_int_equal(BN_generate_prime_ex(p, bits, 0, add, rem, NULL), 1);
	return p;
}

static BIGNUM *
product(const BIGNUM *p, const BIGNUM *q)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new();

	assert_int_equal(BN_mul(n, p, q, ctx), 1);
	BN_CTX_free(ctx);
	return n;
}

static void
refused(const BIGNUM *n, unsigned long e, const char *why)
{
	uint8_t space[2048];

	assert_int_equal(
	    judge(KEY_RSA, rsa_key(n, e, space, sizeof(space))), -1);
	says(why);
}

static void
takes_RSA_keys_from_3072_bits_with_usual_exponents(void **state)
{
	BIGNUM *p = prime(1536, NULL, NULL), *q = prime(1536, NULL, NULL);
	BIGNUM *n = product(p, q);
	uint8_t space[2048];

	(void)state;
	assert_int_equal(
	    judge(KEY_RSA, rsa_key(n, 65537, space, sizeof(space))), 0);
	refused(n, 65536, "odd");
	refused(n, 3, "2^16");
	refused(n, 65535, "2^16");
	assert_int_equal(BN_add_word(n, 1), 1);
	refused(n, 65537, "odd");
	BN_free(p);
	BN_free(q);
	BN_free(n);
}

static void
refuses_RSA_keys_that_are_too_short_or_too_long(void **state)
{
	BIGNUM *n = BN_new();

	(void)state;
	assert_int_equal(BN_set_bit(n, 3070), 1);
	assert_int_equal(BN_set_bit(n, 0), 1);
	refused(n, 65537, "3072 to 4096");
	assert_int_equal(BN_set_bit(n, 4096), 1);
	refused(n, 65537, "3072 to 4096");
	BN_free(n);
}

static void
refuses_RSA_keys_with_a_small_factor(void **state)
{
	BIGNUM *p = prime(3070, NULL, NULL), *small = BN_new(), *n;

	(void)state;
	assert_int_equal(BN_set_word(small, 65521), 1);
	n = product(p, small);
	refused(n, 65537, "factor below 65536");
	BN_free(p);
	BN_free(small);
	BN_free(n);
}

static void
refuses_RSA_keys_whose_primes_lie_close_together(void **state)
{
	BIGNUM *p = prime(1536, NULL, NULL), *q = BN_dup(p), *n;

	(void)state;
	do
		assert_int_equal(BN_add_word(q, 2), 1);
	while (BN_check_prime(q, NULL, NULL) != 1);
	n = product(p, q);
	refused(n, 65537, "Fermat");
	BN_free(n);
	/* the same prime twice */
	n = product(p, p);
	refused(n, 65537, "Fermat");
	BN_free(p);
	BN_free(q);
	BN_free(n);
}

/* A prime as the faulty generator makes them: k M + (65537^a mod M). */
static BIGNUM *
roca_prime(unsigned long a)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = BN_new(), *g = BN_new(), *power = BN_new(), *p;

	BN_one(m);
	for (unsigned q = 2; q <= 167; q++) {
		unsigned d = 2;

		while (d * d <= q && q % d != 0)
			d++;
		if (d * d > q)
			assert_int_equal(BN_mul_word(m, q), 1);
	}
	assert_int_equal(BN_set_word(g, 65537), 1);
	assert_int_equal(BN_set_word(power, a), 1);
	assert_int_equal(BN_mod_exp(g, g, power, m, ctx), 1);
	p = prime(1537, m, g); /* their product has 3073 bits at least */
	BN_free(m);
	BN_free(g);
	BN_free(power);
	BN_CTX_free(ctx);
	return p;
}

static void
refuses_RSA_keys_of_the_generator_that_ROCA_breaks(void **state)
{
	BIGNUM *p = roca_prime(123457), *q = roca_prime(7654321);
	BIGNUM *n = product(p, q);

	(void)state;
	refused(n, 65537, "ROCA");
	BN_free(p);
	BN_free(q);
	BN_free(n);
}

/* Of these everybody knows the private key. */
static void
refuses_RSA_keys_of_a_single_prime(void **state)
{
	BIGNUM *n = BN_get_rfc3526_prime_3072(NULL), *p, *square;

	(void)state;
	refused(n, 65537, "single prime");
	BN_free(n);
	p = prime(1025, NULL, NULL);
	square = product(p, p);
	n = product(square, p);
	refused(n, 65537, "single prime");
	BN_free(p);
	BN_free(square);
	BN_free(n);
}

static void
sees_a_prime_that_two_RSA_keys_share(void **state)
{
	BIGNUM *p = prime(1536, NULL, NULL), *q = prime(1536, NULL, NULL);
	BIGNUM *r = prime(1536, NULL, NULL), *s = prime(1536, NULL, NULL);
	BIGNUM *pq = product(p, q), *pr = product(p, r), *rs = product(r, s);
	uint8_t a[1024], b[1024], c[1024];
	struct span one = rsa_key(pq, 65537, a, sizeof(a));
	struct span two = rsa_key(pr, 65537, b, sizeof(b));
	struct span three = rsa_key(rs, 65537, c, sizeof(c));

	(void)state;
	assert_true(key_shares_prime(one, two));
	assert_true(key_shares_prime(two, three));
	assert_false(key_shares_prime(one, three));
	assert_true(key_shares_prime(one, one));
	BN_free(p);
	BN_free(q);
	BN_free(r);
	BN_free(s);
	BN_free(pq);
	BN_free(pr);
	BN_free(rs);
}

/* As a supplier's old hardware signs, libcrypto playing it. */
static size_t
sign(EVP_PKEY *pkey, int padding, struct span message, uint8_t *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *with = NULL;
	size_t n = 512;

	assert_int_equal(
	    EVP_DigestSignInit_ex(ctx, &with, "SHA256", NULL, NULL, pkey, NULL),
	    1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(with, padding), 1);
	if (padding == RSA_PKCS1_PSS_PADDING)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(
				     with, RSA_PSS_SALTLEN_DIGEST),
		    1);
	assert_int_equal(
	    EVP_DigestSign(ctx, signature, &n, message.p, message.n), 1);
	EVP_MD_CTX_free(ctx);
	return n;
}

static void
verifies_RSA_in_both_paddings_and_signs_with_neither(void **state)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
	uint8_t *der = NULL, signature[512];
	struct key *key;
	size_t n;

	(void)state;
	n = (size_t)i2d_PUBKEY(pkey, &der);
	assert_non_null(key = key_from_spki(span_of(der, n)));
	assert_int_equal(key_kind(key), KEY_RSA);
	assert_true(span_equal(key_spki(key), span_of(der, n)));
	n = sign(pkey, RSA_PKCS1_PADDING, span_str("yes"), signature);
	assert_int_equal(
	    key_verify(key, span_str("yes"), span_of(signature, n)), 0);
	assert_int_equal(
	    key_verify_raw(key, span_str("yes"), span_of(signature, n)), 0);
	assert_int_equal(
	    key_verify(key, span_str("no"), span_of(signature, n)), -1);
	assert_int_equal(
	    key_verify_pss(key, span_str("yes"), span_of(signature, n)), -1);
	n = sign(pkey, RSA_PKCS1_PSS_PADDING, span_str("yes"), signature);
	assert_int_equal(
	    key_verify_pss(key, span_str("yes"), span_of(signature, n)), 0);
	assert_int_equal(
	    key_verify(key, span_str("yes"), span_of(signature, n)), -1);
	assert_int_equal(key_sign(key, span_str("x"), signature, &n), -1);
	assert_null(key_generate(KEY_RSA));
	key_free(key);
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_key_of_RFC_9500),
		cmocka_unit_test(refuses_the_opposite_of_a_published_point),
		cmocka_unit_test(refuses_points_of_small_order_on_Ed25519),
		cmocka_unit_test(refuses_the_keys_of_RFC_8032),
		cmocka_unit_test(
		    takes_RSA_keys_from_3072_bits_with_usual_exponents),
		cmocka_unit_test(
		    refuses_RSA_keys_that_are_too_short_or_too_long),
		cmocka_unit_test(refuses_RSA_keys_with_a_small_factor),
		cmocka_unit_test(
		    refuses_RSA_keys_whose_primes_lie_close_together),
		cmocka_unit_test(
		    refuses_RSA_keys_of_the_generator_that_ROCA_breaks),
		cmocka_unit_test(refuses_RSA_keys_of_a_single_prime),
		cmocka_unit_test(sees_a_prime_that_two_RSA_keys_share),
		cmocka_unit_test(
		    verifies_RSA_in_both_paddings_and_signs_with_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
