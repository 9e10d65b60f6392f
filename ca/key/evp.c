/*
 * Ed25519 (RFC 8032) and ML-DSA (FIPS 204): by libcrypto's names, so that it
 * alone decides what there is.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "key/inside.h"
#include "x509/ossl.h"

/*
 * Points of small order on edwards25519, without the sign bit: everybody can
 * sign for them.
 */
static const uint8_t small[][32] = {
	{ 0 },
	{ 1 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	    0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	    0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	    0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	    0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* RFC 8032 section 5.1.3: y below 2^255 - 19, in its one form. */
static int
judge_ed25519(struct span point)
{
	uint8_t y[32];
	bool canonical;

	memcpy(y, point.p, sizeof(y));
	y[31] &= 0x7f;
	canonical = y[31] != 0x7f || y[0] < 0xed;
	for (size_t i = 1; !canonical && i < 31; i++)
		canonical = y[i] != 0xff;
	if (!canonical)
		return key_not_allowed("an Ed25519 key must be in its one form "
				       "(RFC 8032 section 5.1.3)");
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		if (memcmp(y, small[i], sizeof(y)) == 0)
			return key_not_allowed(
			    "an Ed25519 key must not be a point of small "
			    "order: make a new one");
	return 0;
}

static int
evp_take_point(struct key *k, struct span point)
{
	if (k->kind == KEY_ED25519 && judge_ed25519(point) == -1)
		return -1;
	k->pkey = EVP_PKEY_new_raw_public_key_ex(
	    NULL, key_algorithm(k->kind)->libcrypto, NULL, point.p, point.n);
	if (k->pkey == NULL)
		return key_not_allowed("a public key is none of its algorithm");
	return 0;
}

static int
describe(struct key *k)
{
	uint8_t point[KEY_POINT_MAX];
	size_t n = sizeof(point);

	if (EVP_PKEY_get_raw_public_key(k->pkey, point, &n) != 1)
		return x509_err("write a public key");
	return key_describe(k, span_of(point, n));
}

static int
evp_generate(struct key *k)
{
	k->pkey =
	    EVP_PKEY_Q_keygen(NULL, NULL, key_algorithm(k->kind)->libcrypto);
	if (k->pkey == NULL)
		return x509_err("generate a key");
	return describe(k);
}

struct key *
key_from_pkey(EVP_PKEY *pkey)
{
	struct key *k;

	for (int i = 0; i < KEY_KINDS; i++) {
		const struct key_algorithm *a = key_algorithm((enum key_kind)i);

		if (a->method != &key_method_evp ||
		    !EVP_PKEY_is_a(pkey, a->libcrypto))
			continue;
		k = key_new((enum key_kind)i);
		k->is_private = true;
		(void)EVP_PKEY_up_ref(pkey);
		k->pkey = pkey;
		if (describe(k) == 0)
			return k;
		key_free(k);
		return NULL;
	}
	key_not_allowed("a private key must be on P-256 or P-384, Ed25519 or "
			"ML-DSA");
	return NULL;
}

static int
evp_sign(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = 0;

	*n = key_algorithm(k->kind)->longest;
	if (ctx == NULL ||
	    EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, k->pkey, NULL) !=
		1 ||
	    EVP_DigestSign(ctx, signature, n, message.p, message.n) != 1)
		rc = x509_err("sign");
	EVP_MD_CTX_free(ctx);
	return rc;
}

static int
evp_verify(const struct key *k, struct span message, struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = 0;

	if (ctx == NULL ||
	    EVP_DigestVerifyInit_ex(
		ctx, NULL, NULL, NULL, NULL, k->pkey, NULL) != 1)
		rc = x509_err("verify");
	else if (EVP_DigestVerify(
		     ctx, signature.p, signature.n, message.p, message.n) != 1)
		rc = key_bad_signature();
	EVP_MD_CTX_free(ctx);
	return rc;
}

const struct key_method key_method_evp = {
	.generate = evp_generate,
	.take_point = evp_take_point,
	.sign = evp_sign,
	.verify = evp_verify,
	.sign_raw = evp_sign,
	.verify_raw = evp_verify,
};
