/*
 * What is left of the nonces of signatures that were made together: nothing.
 * Whoever comes to know one has the private key.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include "tests/unit/test.h"

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "key/hash.h"
#include "key/inside.h"

#define HEAP_MOST ((size_t)64 << 20)

static uint8_t *heap; /* as it was, beside itself */
static size_t nheap;

/* What malloc() gives, as it is now. */
static void
copy_heap(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	unsigned long from, to;

	assert_non_null(f);
	nheap = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, "[heap]") == NULL ||
		    sscanf(line, "%lx-%lx rw", &from, &to) != 2 ||
		    nheap + (to - from) > HEAP_MOST)
			continue;
		memcpy(heap + nheap, (void *)from, to - from);
		nheap += to - from;
	}
	(void)fclose(f);
	assert_true(nheap > 0);
}

/* As libcrypto keeps it, the least octet first. */
static bool
was_there(const BIGNUM *n)
{
	uint8_t octets[32];

	assert_int_equal(
	    BN_bn2lebinpad(n, octets, sizeof(octets)), sizeof(octets));
	return memmem(heap, nheap, octets, sizeof(octets)) != NULL;
}

/* The nonce of a signature, from the private key: (h + r d) / s. */
static BIGNUM *
nonce_of(const struct key *k, const struct key_signed *s)
{
	const BIGNUM *order = EC_GROUP_get0_order(EC_KEY_get0_group(k->ec)), *r,
		     *bottom;
	const uint8_t *at = s->signature;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new(), *h, *inverse;
	uint8_t digest[HASH_SIZE];
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)s->n);

	assert_non_null(sig);
	hash_sha256(s->message, digest);
	ECDSA_SIG_get0(sig, &r, &bottom);
	inverse = BN_mod_inverse(NULL, bottom, order, ctx);
	assert_non_null(inverse);
	assert_int_equal(
	    BN_mod_mul(n, r, EC_KEY_get0_private_key(k->ec), order, ctx), 1);
	h = BN_bin2bn(digest, sizeof(digest), NULL);
	assert_int_equal(BN_mod_add(n, n, h, order, ctx), 1);
	assert_int_equal(BN_mod_mul(n, n, inverse, order, ctx), 1);
	BN_free(h);
	BN_free(inverse);
	ECDSA_SIG_free(sig);
	BN_CTX_free(ctx);
	return n;
}

/* Nor of their product, from which a polynomial in the private key can be had:
 * neither as it is, nor in Montgomery's form, nor inverted. */
static void
look_for_product(const struct key *k, const BIGNUM *product)
{
	const BIGNUM *order = EC_GROUP_get0_order(EC_KEY_get0_group(k->ec));
	BN_CTX *ctx = BN_CTX_new();
	BN_MONT_CTX *mont = BN_MONT_CTX_new();
	BIGNUM *n = BN_new(), *inverse;

	inverse = BN_mod_inverse(NULL, product, order, ctx);
	assert_int_equal(BN_MONT_CTX_set(mont, order, ctx), 1);
	assert_false(was_there(product));
	assert_false(was_there(inverse));
	assert_int_equal(BN_to_montgomery(n, product, mont, ctx), 1);
	assert_false(was_there(n));
	assert_int_equal(BN_to_montgomery(n, inverse, mont, ctx), 1);
	assert_false(was_there(n));
	BN_free(n);
	BN_free(inverse);
	BN_MONT_CTX_free(mont);
	BN_CTX_free(ctx);
}

static void
multiply(const struct key *k, BIGNUM *product, const BIGNUM *by)
{
	BN_CTX *ctx = BN_CTX_new();

	assert_int_equal(
	    BN_mod_mul(product, product, by,
		EC_GROUP_get0_order(EC_KEY_get0_group(k->ec)), ctx),
	    1);
	BN_CTX_free(ctx);
}

static void
keeps_none(void **state)
{
	static uint8_t signature[KEY_MANY][KEY_SIGNATURE_MAX];
	struct key *k = key_generate(KEY_P256);
	struct key_signed s[KEY_MANY];
	BIGNUM *nonce, *product = BN_new();
	size_t i, round;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < KEY_MANY; i++)
			s[i] = (struct key_signed){ span_str("x"), signature[i],
				0 };
		assert_int_equal(key_sign_many(k, s, KEY_MANY), 0);
		copy_heap();
		/* it is looked for in the right way */
		assert_true(was_there(EC_KEY_get0_private_key(k->ec)));
		assert_int_equal(BN_one(product), 1);
		for (i = 0; i < KEY_MANY; i++) {
			nonce = nonce_of(k, &s[i]);
			assert_false(was_there(nonce));
			multiply(k, product, nonce);
			BN_clear_free(nonce);
		}
		look_for_product(k, product);
	}
	BN_free(product);
	key_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_none),
	};

	heap = mmap(NULL, HEAP_MOST, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (heap == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
