/*
 * RSA keys that can be broken.
 */

#include <stdlib.h>

#include <openssl/bn.h>

#include "key/inside.h"
#include "key/weak.h"
#include "x509/der.h"

#define BITS_LEAST 3072
#define BITS_MOST  4096

static int
split(struct span point, struct span *modulus, struct span *exponent)
{
	struct span in;

	if (der_get_only(point, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_integer(&in, modulus) == -1 ||
	    der_get_integer(&in, exponent) == -1 || der_end(in, "it") == -1)
		return key_not_allowed(
		    "an RSA key must be a modulus and an exponent in DER (RFC "
		    "8017 appendix A.1.1)");
	return 0;
}

static size_t
bits(struct span number)
{
	size_t n = 8 * number.n;

	for (uint8_t top = number.p[0]; n > 0 && (top & 0x80) == 0; n--)
		top = (uint8_t)(top << 1);
	return n;
}

/* Size and exponent: what makes a key one that is used at all. */
int
key_rsa_judge(struct span point)
{
	struct span n, e;

	if (split(point, &n, &e) == -1)
		return -1;
	if (bits(n) < BITS_LEAST || bits(n) > BITS_MOST)
		return key_not_allowed(
		    "an RSA key must have 3072 to 4096 bits (SP 800-57): make "
		    "a longer one, or better one on P-256");
	if ((n.p[n.n - 1] & 1) == 0)
		return key_not_allowed("an RSA modulus must be odd");
	if ((e.p[e.n - 1] & 1) == 0 || bits(e) < 17 || bits(e) > 256)
		return key_not_allowed(
		    "an RSA exponent must be odd, and between 2^16 and 2^256 "
		    "(FIPS 186-5 appendix A.1.1): make the key with 65537");
	return 0;
}

int
weak_rsa_modulus(struct span point, struct span *modulus)
{
	struct span exponent;

	return split(point, modulus, &exponent);
}

static BIGNUM *
number(struct span s)
{
	BIGNUM *n = BN_bin2bn(s.p, (int)s.n, NULL);

	if (n == NULL)
		abort(); /* memory is out */
	return n;
}

static bool
is_prime(unsigned p)
{
	for (unsigned d = 3; d * d <= p; d += 2)
		if (p % d == 0)
			return false;
	return p % 2 == 1;
}

#define PRIMES_BELOW 65536

static bool
has_small_factor(const BIGNUM *n)
{
	for (unsigned p = 3; p < PRIMES_BELOW; p += 2)
		if (is_prime(p) && BN_mod_word(n, p) == 0)
			return true;
	return false;
}

/* Is it a power of 65537, modulo that prime? */
static bool
is_in_subgroup(unsigned residue, unsigned p)
{
	unsigned power = 1;

	do {
		if (power == residue)
			return true;
		power = power * (65537 % p) % p;
	} while (power != 1);
	return false;
}

/*
 * Return of Coppersmith's Attack (Nemec and others, CCS 2017): keys of that
 * generator are powers of 65537 modulo every small prime; of others one in
 * 2^27 is by chance.
 */
static bool
is_roca(const BIGNUM *n)
{
	for (unsigned p = 3; p <= 167; p += 2)
		if (is_prime(p) &&
		    !is_in_subgroup((unsigned)BN_mod_word(n, p), p))
			return false;
	return true;
}

/* The largest x whose square is not above n: Newton, from above. */
static int
root(const BIGNUM *n, BIGNUM *x, BN_CTX *ctx)
{
	BIGNUM *y = BN_new();
	int rc = -1;

	if (y == NULL || !BN_one(y) ||
	    !BN_lshift(y, y, (BN_num_bits(n) + 1) / 2))
		goto out;
	do {
		if (BN_copy(x, y) == NULL || !BN_div(y, NULL, n, x, ctx) ||
		    !BN_add(y, y, x) || !BN_rshift1(y, y))
			goto out;
	} while (BN_cmp(y, x) < 0);
	rc = 0;
out:
	BN_free(y);
	return rc;
}

/* 1, 0, or -1 when memory is out.  Few numbers pass the first question. */
static int
is_square(const BIGNUM *n, BIGNUM *x, BN_CTX *ctx)
{
	static const unsigned moduli[] = { 64, 63, 65, 11, 17, 19, 23, 31 };
	BIGNUM *square;
	int rc;

	for (size_t i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++) {
		unsigned m = moduli[i], r = (unsigned)BN_mod_word(n, m), s = 0;

		while (s < m && s * s % m != r)
			s++;
		if (s == m)
			return 0;
	}
	if ((square = BN_new()) == NULL || root(n, x, ctx) == -1 ||
	    !BN_sqr(square, x, ctx))
		rc = -1;
	else
		rc = BN_cmp(square, n) == 0;
	BN_free(square);
	return rc;
}

/* n = a^2 - b^2 for an a hardly above n's root?  -1 when memory is out. */
#define FERMAT_STEPS 256
static int
is_fermat(const BIGNUM *n)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *a = BN_new(), *rest = BN_new(), *x = BN_new();
	int rc = -1;

	if (ctx == NULL || a == NULL || rest == NULL || x == NULL ||
	    root(n, a, ctx) == -1)
		goto out;
	for (int i = 0; i < FERMAT_STEPS; i++) {
		if (!BN_sqr(rest, a, ctx) || !BN_sub(rest, rest, n))
			goto out;
		rc = BN_is_negative(rest) ? 0 : is_square(rest, x, ctx);
		if (rc != 0 || !BN_add_word(a, 1))
			goto out;
	}
out:
	BN_free(a);
	BN_free(rest);
	BN_free(x);
	BN_CTX_free(ctx);
	return rc;
}

/*
 * Is it a prime, or a power of one?  Then everybody has its private key.  By
 * Fermat 2^n is 2 modulo that prime; modulo the primes of a product it is not.
 */
static bool
is_of_one_prime(const BIGNUM *n)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *a = BN_new(), *two = BN_new();
	bool one = true;

	if (ctx != NULL && a != NULL && two != NULL && BN_set_word(two, 2) &&
	    BN_mod_exp(a, two, n, n, ctx) && BN_mod_sub(a, a, two, n, ctx) &&
	    BN_gcd(a, a, n, ctx))
		one = !BN_is_one(a);
	BN_free(a);
	BN_free(two);
	BN_CTX_free(ctx);
	return one;
}

int
weak_rsa_judge(struct span point)
{
	struct span modulus;
	BIGNUM *n;
	int rc = 0;

	if (key_rsa_judge(point) == -1 ||
	    weak_rsa_modulus(point, &modulus) == -1)
		return -1;
	n = number(modulus);
	if (has_small_factor(n))
		rc = key_not_allowed(
		    "an RSA modulus must be the product of two large primes; "
		    "this one has a factor below 65536: make a new key");
	else if (is_roca(n))
		rc = key_not_allowed(
		    "this RSA key is of the generator that CVE-2017-15361 "
		    "(ROCA) breaks: make a new one outside that chip");
	else if (is_fermat(n) != 0)
		rc = key_not_allowed(
		    "the primes of this RSA key lie so close together that "
		    "they are found in a moment (Fermat): make a new one");
	else if (is_of_one_prime(n))
		rc = key_not_allowed(
		    "an RSA modulus must be the product of two large primes; "
		    "this one has a single prime, so that everybody can sign "
		    "with it: make a new key");
	BN_free(n);
	return rc;
}

bool
key_shares_prime(struct span point, struct span other)
{
	struct span a, b;
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = NULL, *m = NULL, *gcd = BN_new();
	bool shared = true;

	if (weak_rsa_modulus(point, &a) == -1 ||
	    weak_rsa_modulus(other, &b) == -1) {
		shared = false;
		goto out;
	}
	n = number(a);
	m = number(b);
	if (ctx != NULL && gcd != NULL && BN_gcd(gcd, n, m, ctx))
		shared = !BN_is_one(gcd);
out:
	BN_free(n);
	BN_free(m);
	BN_free(gcd);
	BN_CTX_free(ctx);
	return shared;
}
