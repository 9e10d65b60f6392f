/*
 * MakeCredential: a seed goes to the endorsement key; from the seed come the
 * key that the secret is encrypted with and the one that its integrity rests
 * on, both bound to the name.
 */

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "key/credential.h"
#include "key/hash.h"
#include "x509/ossl.h"

#define DIGEST_MAX 48
#define LABEL	   "IDENTITY" /* with its NUL */

/* What the templates have for a kind of endorsement key. */
struct kind {
	const EVP_MD *(*md)(void);
	const EVP_CIPHER *(*cipher)(void);
	size_t digest, cipher_key;
	const char *group; /* NULL: RSA */
	size_t coordinate;
};

static const struct kind rsa_2048 = { EVP_sha256, EVP_aes_128_cfb128, 32, 16,
	NULL, 0 };
static const struct kind p256 = { EVP_sha256, EVP_aes_128_cfb128, 32, 16,
	"prime256v1", 32 };
static const struct kind p384 = { EVP_sha384, EVP_aes_256_cfb128, 48, 32,
	"secp384r1", 48 };

static const struct kind *
kind_of(EVP_PKEY *ek)
{
	char group[64];

	if (EVP_PKEY_get_base_id(ek) == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(ek) == 2048 ? &rsa_2048 : NULL;
	if (EVP_PKEY_get_base_id(ek) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(ek, group, sizeof(group), NULL) != 1)
		return NULL;
	return strcmp(group, p256.group) == 0 ? &p256
	    : strcmp(group, p384.group) == 0  ? &p384
					      : NULL;
}

static void
put_u16(struct buf *out, size_t v)
{
	buf_putc(out, (char)(v >> 8));
	buf_putc(out, (char)v);
}

static void
put_u32(struct buf *out, size_t v)
{
	put_u16(out, v >> 16 & 0xffff);
	put_u16(out, v & 0xffff);
}

static void
put_sized(struct buf *out, struct span s)
{
	put_u16(out, s.n);
	buf_put_span(out, s);
}

/* ---- key derivation, part 1 section 11.4.10: one round is enough here */

/* KDFa: HMAC by the seed over counter, label, context and size in bits. */
static int
kdfa(const struct kind *k, const uint8_t *seed, const char *label,
    struct span context, size_t n, uint8_t *out)
{
	struct buf in = BUF_EMPTY;
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	bool good;

	put_u32(&in, 1);
	buf_put(&in, label, strlen(label) + 1);
	buf_put_span(&in, context);
	put_u32(&in, n * 8);
	good = HMAC(k->md(), seed, (int)k->digest, in.p, in.n, mac, &size) !=
		NULL &&
	    size >= n;
	if (good)
		memcpy(out, mac, n);
	OPENSSL_cleanse(mac, sizeof(mac));
	buf_free(&in);
	return good ? 0 : x509_err("derive a key");
}

/* KDFe: digest of counter, shared x, label and both public x. */
static int
kdfe(const struct kind *k, struct span z, struct span x1, struct span x2,
    uint8_t *seed)
{
	struct buf in = BUF_EMPTY;
	int rc = 0;

	put_u32(&in, 1);
	buf_put_span(&in, z);
	buf_put(&in, LABEL, sizeof(LABEL));
	buf_put_span(&in, x1);
	buf_put_span(&in, x2);
	if (EVP_Digest(in.p, in.n, seed, NULL, k->md(), NULL) != 1)
		rc = x509_err("derive a seed");
	buf_wipe(&in);
	return rc;
}

/* ---- the seed, for the endorsement key alone */

static int
seed_by_rsa(EVP_PKEY *ek, const struct kind *k, uint8_t *seed, struct buf *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	void *label = OPENSSL_memdup(LABEL, sizeof(LABEL));
	uint8_t cipher[256];
	size_t n = sizeof(cipher);
	int rc = -1;

	hash_random(seed, k->digest);
	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, k->md()) != 1 ||
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, sizeof(LABEL)) != 1) {
		OPENSSL_free(label);
		x509_err("prepare RSA-OAEP");
		goto out;
	}
	if (EVP_PKEY_encrypt(ctx, cipher, &n, seed, k->digest) != 1) {
		x509_err("encrypt to an endorsement key");
		goto out;
	}
	put_sized(out, span_of(cipher, n));
	rc = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* The octets of an uncompressed point, 0x04 in front. */
static int
point_of(EVP_PKEY *key, const struct kind *k, uint8_t *point)
{
	size_t n = 0;

	if (EVP_PKEY_get_octet_string_param(key,
		OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, 1 + 2 * DIGEST_MAX,
		&n) != 1 ||
	    n != 1 + 2 * k->coordinate || point[0] != 0x04)
		return x509_err("read a point");
	return 0;
}

static int
shared_secret(EVP_PKEY *own, EVP_PKEY *ek, const struct kind *k, uint8_t *z)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t n = DIGEST_MAX;
	int good = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, ek) == 1 &&
	    EVP_PKEY_derive(ctx, z, &n) == 1 && n == k->coordinate;

	EVP_PKEY_CTX_free(ctx);
	return good ? 0 : x509_err("agree on a secret");
}

static int
seed_by_ec(EVP_PKEY *ek, const struct kind *k, uint8_t *seed, struct buf *out)
{
	EVP_PKEY *own = EVP_EC_gen(k->group);
	uint8_t mine[1 + 2 * DIGEST_MAX], theirs[1 + 2 * DIGEST_MAX];
	uint8_t z[DIGEST_MAX];
	size_t n = k->coordinate;
	struct buf point = BUF_EMPTY;
	int rc = -1;

	if (own == NULL) {
		x509_err("make a key");
		goto out;
	}
	if (point_of(own, k, mine) == -1 || point_of(ek, k, theirs) == -1 ||
	    shared_secret(own, ek, k, z) == -1 ||
	    kdfe(k, span_of(z, n), span_of(mine + 1, n), span_of(theirs + 1, n),
		seed) == -1)
		goto out;
	put_sized(&point, span_of(mine + 1, n));
	put_sized(&point, span_of(mine + 1 + n, n));
	put_sized(out, buf_span(&point));
	rc = 0;
out:
	OPENSSL_cleanse(z, sizeof(z));
	buf_free(&point);
	EVP_PKEY_free(own);
	return rc;
}

/* ---- the secret, by the seed and for the name */

static int
encrypt(const struct kind *k, const uint8_t *key, struct span in, uint8_t *out)
{
	static const uint8_t iv[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	int good = ctx != NULL &&
	    EVP_EncryptInit_ex(ctx, k->cipher(), NULL, key, iv) == 1 &&
	    EVP_EncryptUpdate(ctx, out, &n, in.p, (int)in.n) == 1 &&
	    (size_t)n == in.n;

	EVP_CIPHER_CTX_free(ctx);
	return good ? 0 : x509_err("encrypt a credential");
}

static int
integrity(const struct kind *k, const uint8_t *seed, struct span identity,
    struct span name, uint8_t *mac)
{
	uint8_t key[DIGEST_MAX];
	struct buf in = BUF_EMPTY;
	unsigned n = 0;
	int rc = -1;

	if (kdfa(k, seed, "INTEGRITY", span_of(NULL, 0), k->digest, key) == -1)
		return -1;
	buf_put_span(&in, identity);
	buf_put_span(&in, name);
	if (HMAC(k->md(), key, (int)k->digest, in.p, in.n, mac, &n) != NULL &&
	    n == k->digest)
		rc = 0;
	else
		x509_err("authenticate a credential");
	OPENSSL_cleanse(key, sizeof(key));
	buf_free(&in);
	return rc;
}

static int
seal(const struct kind *k, const uint8_t *seed, struct span name,
    const uint8_t *secret, struct buf *out)
{
	uint8_t key[32], identity[2 + CREDENTIAL_SECRET], mac[DIGEST_MAX];
	struct buf plain = BUF_EMPTY, inside = BUF_EMPTY;
	int rc = -1;

	put_sized(&plain, span_of(secret, CREDENTIAL_SECRET));
	if (kdfa(k, seed, "STORAGE", name, k->cipher_key, key) == 0 &&
	    encrypt(k, key, buf_span(&plain), identity) == 0 &&
	    integrity(
		k, seed, span_of(identity, sizeof(identity)), name, mac) == 0) {
		put_sized(&inside, span_of(mac, k->digest));
		buf_put(&inside, identity, sizeof(identity));
		put_sized(out, buf_span(&inside));
		rc = 0;
	}
	OPENSSL_cleanse(key, sizeof(key));
	buf_wipe(&plain);
	buf_free(&inside);
	return rc;
}

int
credential_make(struct span ek_spki, struct span name,
    const uint8_t secret[CREDENTIAL_SECRET], struct credential *c)
{
	const unsigned char *p = ek_spki.p;
	EVP_PKEY *ek = d2i_PUBKEY(NULL, &p, (long)ek_spki.n);
	const struct kind *k = ek != NULL ? kind_of(ek) : NULL;
	uint8_t seed[DIGEST_MAX];
	int rc = -1;

	ERR_clear_error();
	if (k == NULL)
		err_set_code(ERR_INPUT, "EK_NOT_ALLOWED",
		    "ek_chain: the endorsement key must be RSA with 2048 bits, "
		    "on P-256 or on P-384");
	else if ((k->group == NULL
			 ? seed_by_rsa(ek, k, seed, &c->encrypted_secret)
			 : seed_by_ec(ek, k, seed, &c->encrypted_secret)) == 0)
		rc = seal(k, seed, name, secret, &c->id_object);
	OPENSSL_cleanse(seed, sizeof(seed));
	EVP_PKEY_free(ek);
	return rc;
}

void
credential_free(struct credential *c)
{
	buf_free(&c->id_object);
	buf_free(&c->encrypted_secret);
}
