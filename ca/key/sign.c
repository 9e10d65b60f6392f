/*
 * ECDSA, FIPS 186-5.  The low-level functions: EVP's one-shot calls cost
 * several microseconds more in fetching and copying than the 20 of a P-256
 * signature allow for.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"
#include "x509/ossl.h"

/* The hash that goes with the curve; its size. */
static size_t
digest_message(enum key_kind kind, struct span message, uint8_t *digest)
{
	if (kind == KEY_P256) {
		hash_sha256(message, digest);
		return HASH_SIZE;
	}
	hash_sha384(message, digest);
	return HASH_SHA384;
}

static int
bad_signature(void)
{
	ERR_clear_error();
	return err_set_code(
	    ERR_DENIED, "SIGNATURE", "a signature does not hold for its key");
}

int
key_sign_digest(
    const struct key *k, struct span digest, uint8_t *signature, size_t *n)
{
	unsigned length = 0;

	if (!k->is_private)
		return err_set(ERR_INTERNAL, "cannot sign with a public key");
	if (digest.n != key_width(k->kind))
		return err_set(
		    ERR_INTERNAL, "cannot sign a digest of another size");
	if (ECDSA_sign(0, digest.p, (int)digest.n, signature, &length, k->ec) !=
	    1)
		return x509_err("sign");
	*n = length;
	return 0;
}

int
key_sign(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);

	return key_sign_digest(k, span_of(digest, length), signature, n);
}

/*
 * Of the two values of s that make a signature (s and order - s) the lower
 * one, so that nobody can turn one signature into another.
 */
static int
write_low(const EC_GROUP *group, const BIGNUM *s, uint8_t *out, size_t width)
{
	const BIGNUM *order = EC_GROUP_get0_order(group);
	BIGNUM *other = BN_new();
	int rc = -1;

	if (other != NULL && BN_sub(other, order, s) == 1)
		rc = BN_bn2binpad(BN_cmp(s, other) > 0 ? other : s, out,
			 (int)width) == -1
		    ? -1
		    : 0;
	BN_free(other);
	return rc;
}

bool
key_raw_is_low(struct span signature)
{
	/* half of P-256's order, rounded down */
	static const uint8_t half[32] = { 0x7f, 0xff, 0xff, 0xff, 0x80, 0x00,
		0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc,
		0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8 };

	return signature.n == 64 && memcmp(signature.p + 32, half, 32) <= 0;
}

int
key_sign_raw(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);
	size_t width = key_width(k->kind);
	ECDSA_SIG *s;
	int rc = -1;

	if (!k->is_private)
		return err_set(ERR_INTERNAL, "cannot sign with a public key");
	if ((s = ECDSA_do_sign(digest, (int)length, k->ec)) == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(s), signature, (int)width) == -1 ||
	    write_low(key_group(k->kind), ECDSA_SIG_get0_s(s),
		signature + width, width) == -1) {
		x509_err("sign");
		goto out;
	}
	*n = 2 * width;
	rc = 0;
out:
	ECDSA_SIG_free(s);
	return rc;
}

int
key_verify(const struct key *k, struct span message, struct span signature)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);

	/* refuses what isn't DER, too */
	if (signature.n > KEY_SIGNATURE_MAX ||
	    ECDSA_verify(0, digest, (int)length, signature.p, (int)signature.n,
		k->ec) != 1)
		return bad_signature();
	return 0;
}

int
key_verify_raw(const struct key *k, struct span message, struct span signature)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);
	int width = (int)key_width(k->kind), rc = -1;
	ECDSA_SIG *s = NULL;
	BIGNUM *r = NULL, *t = NULL;

	if (signature.n != 2 * (size_t)width)
		return bad_signature();
	if ((s = ECDSA_SIG_new()) == NULL ||
	    (r = BN_bin2bn(signature.p, width, NULL)) == NULL ||
	    (t = BN_bin2bn(signature.p + width, width, NULL)) == NULL ||
	    ECDSA_SIG_set0(s, r, t) != 1) {
		BN_free(r);
		BN_free(t);
		x509_err("read a signature");
		goto out;
	}
	if (ECDSA_do_verify(digest, (int)length, s, k->ec) != 1) {
		bad_signature();
		goto out;
	}
	rc = 0;
out:
	ECDSA_SIG_free(s);
	return rc;
}

/* A key used once: its point goes into a handle that is kept. */
static struct key *
scratch_key(enum key_kind kind, struct span point)
{
	static struct key scratch[2];
	struct key *k = &scratch[kind];

	if (k->ec == NULL) {
		k->kind = kind;
		if ((k->ec = EC_KEY_new()) == NULL ||
		    EC_KEY_set_group(k->ec, key_group(kind)) != 1) {
			x509_err("start a key");
			return NULL;
		}
	}
	/* checks that the point is on the curve; both have cofactor 1 */
	if (point.n != 1 + 2 * key_width(kind) || point.p[0] != 0x04 ||
	    EC_KEY_oct2key(k->ec, point.p, point.n, NULL) != 1) {
		ERR_clear_error();
		err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
		    "a public key must be an uncompressed point on its curve");
		return NULL;
	}
	return k;
}

int
key_check_point(enum key_kind kind, struct span point)
{
	return scratch_key(kind, point) != NULL ? 0 : -1;
}

int
key_verify_point(enum key_kind kind, struct span point, struct span message,
    struct span signature)
{
	struct key *k = scratch_key(kind, point);

	return k != NULL ? key_verify(k, message, signature) : -1;
}
