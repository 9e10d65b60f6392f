/*
 * Two RSA keys of 3072 bits that share a prime, as a badly seeded generator
 * makes them: twins FILE FILE writes them as PEM.
 */

#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

static BIGNUM *
prime(void)
{
	BIGNUM *p = BN_new();

	return BN_generate_prime_ex(p, 1536, 0, NULL, NULL, NULL) ? p : NULL;
}

/* The private key of p and q, with 65537. */
static EVP_PKEY *
key_of(const BIGNUM *p, const BIGNUM *q)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new(), *d = BN_new(), *phi = BN_new();
	BIGNUM *p1 = BN_dup(p), *q1 = BN_dup(q), *inverse = BN_new();
	BIGNUM *dp = BN_new(), *dq = BN_new();
	BN_CTX *bn = BN_CTX_new();
	EVP_PKEY *key = NULL;

	if (!BN_mul(n, p, q, bn) || !BN_set_word(e, 65537) ||
	    !BN_sub_word(p1, 1) || !BN_sub_word(q1, 1) ||
	    !BN_mul(phi, p1, q1, bn) || BN_mod_inverse(d, e, phi, bn) == NULL ||
	    BN_mod_inverse(inverse, q, p, bn) == NULL ||
	    !BN_mod(dp, d, p1, bn) || !BN_mod(dq, d, q1, bn))
		return NULL;
	if (!OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR1, p) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_FACTOR2, q) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq) ||
	    !OSSL_PARAM_BLD_push_BN(
		build, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse))
		return NULL;
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR,
		OSSL_PARAM_BLD_to_param(build)) != 1)
		return NULL;
	return key;
}

static int
save(const char *path, EVP_PKEY *key)
{
	FILE *f = fopen(path, "w");
	int ok;

	if (f == NULL || key == NULL)
		return -1;
	ok = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	return fclose(f) == 0 && ok ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	BIGNUM *p = prime(), *q = prime(), *r = prime();

	if (argc != 3 || p == NULL || q == NULL || r == NULL ||
	    save(argv[1], key_of(p, q)) == -1 ||
	    save(argv[2], key_of(p, r)) == -1)
		return 1;
	return 0;
}
