/*
 * P-256 and P-384: ECDSA, FIPS 186-5.  OpenSSL 3's decoder and its provider
 * keys cost more than a verification, so points are loaded into EC_KEY
 * directly; and EVP's one-shot calls cost several microseconds more in
 * fetching and copying than the 20 of a P-256 signature allow for.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <pthread.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"
#include "x509/ossl.h"

/* All threads share them; nobody changes them. */
static EC_GROUP *groups[2];
static pthread_once_t groups_once = PTHREAD_ONCE_INIT;

static void
make_groups(void)
{
	groups[KEY_P256] = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	groups[KEY_P384] = EC_GROUP_new_by_curve_name(NID_secp384r1);
}

const EC_GROUP *
key_group(enum key_kind kind)
{
	(void)pthread_once(&groups_once, make_groups);
	return groups[kind];
}

static int
ec_start(struct key *k)
{
	if ((k->ec = EC_KEY_new()) == NULL ||
	    EC_KEY_set_group(k->ec, key_group(k->kind)) != 1)
		return x509_err("start a key");
	return 0;
}

/* Also checks that the point is on the curve; both have cofactor 1. */
static int
ec_take_point(struct key *k, struct span point)
{
	if (k->ec == NULL && ec_start(k) == -1)
		return -1;
	if (point.p[0] != 0x04)
		return key_not_allowed("a public key must be an uncompressed "
				       "point (RFC 5480)");
	if (EC_KEY_oct2key(k->ec, point.p, point.n, NULL) != 1)
		return key_not_allowed(
		    "a public key must be a point on its curve");
	return 0;
}

static int
describe(struct key *k)
{
	uint8_t point[97];
	size_t n = key_point_size(k->kind);

	if (EC_POINT_point2oct(key_group(k->kind),
		EC_KEY_get0_public_key(k->ec), POINT_CONVERSION_UNCOMPRESSED,
		point, n, NULL) != n)
		return x509_err("write a public key");
	return key_describe(k, span_of(point, n));
}

static int
ec_generate(struct key *k)
{
	if (ec_start(k) == -1)
		return -1;
	if (EC_KEY_generate_key(k->ec) != 1)
		return x509_err("generate a key");
	return describe(k);
}

struct key *
key_from_ec(EC_KEY *ec)
{
	int nid = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	struct key *k;

	if (nid != NID_X9_62_prime256v1 && nid != NID_secp384r1) {
		key_not_allowed("a key must be on P-256 or P-384");
		return NULL;
	}
	if (EC_KEY_get0_private_key(ec) == NULL || EC_KEY_check_key(ec) != 1) {
		key_not_allowed("a private key does not fit its public one");
		return NULL;
	}
	k = key_new(nid == NID_secp384r1 ? KEY_P384 : KEY_P256);
	k->is_private = true;
	(void)EC_KEY_up_ref(ec);
	k->ec = ec;
	if (describe(k) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

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

/* What a token said is the reason already. */
static int
sign_failed(const struct key *k)
{
	if (k->place == KEY_IN_MEMORY)
		return x509_err("sign");
	ERR_clear_error();
	return -1;
}

int
key_sign_digest(
    const struct key *k, struct span digest, uint8_t *signature, size_t *n)
{
	unsigned length = 0;

	if (!k->is_private || k->ec == NULL)
		return err_set(ERR_INTERNAL, "cannot sign with a public key");
	if (digest.n != key_width(k->kind))
		return err_set(
		    ERR_INTERNAL, "cannot sign a digest of another size");
	if (ECDSA_sign(0, digest.p, (int)digest.n, signature, &length, k->ec) !=
	    1)
		return sign_failed(k);
	*n = length;
	return 0;
}

static int
ec_sign(const struct key *k, struct span message, uint8_t *signature, size_t *n)
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

int
key_write_raw(const struct key *k, const ECDSA_SIG *s, uint8_t *signature)
{
	size_t width = key_width(k->kind);

	return BN_bn2binpad(ECDSA_SIG_get0_r(s), signature, (int)width) == -1
	    ? -1
	    : write_low(key_group(k->kind), ECDSA_SIG_get0_s(s),
		  signature + width, width);
}

static int
ec_sign_raw(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);
	ECDSA_SIG *s = ECDSA_do_sign(digest, (int)length, k->ec);
	int rc = -1;

	if (s == NULL || key_write_raw(k, s, signature) == -1)
		(void)sign_failed(k);
	else {
		*n = 2 * key_width(k->kind);
		rc = 0;
	}
	ECDSA_SIG_free(s);
	return rc;
}

static int
ec_verify(const struct key *k, struct span message, struct span signature)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);

	/* refuses what isn't DER, too */
	if (signature.n > KEY_SIGNATURE_MAX ||
	    ECDSA_verify(0, digest, (int)length, signature.p, (int)signature.n,
		k->ec) != 1)
		return key_bad_signature();
	return 0;
}

static int
ec_verify_raw(const struct key *k, struct span message, struct span signature)
{
	uint8_t digest[HASH_SHA384];
	size_t length = digest_message(k->kind, message, digest);
	int width = (int)key_width(k->kind), rc = -1;
	ECDSA_SIG *s = NULL;
	BIGNUM *r = NULL, *t = NULL;

	if (signature.n != 2 * (size_t)width)
		return key_bad_signature();
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
		key_bad_signature();
		goto out;
	}
	rc = 0;
out:
	ECDSA_SIG_free(s);
	return rc;
}

/*
 * A key used once: its point goes into a handle that the thread keeps.  It is
 * remembered, since it is often looked at before it is verified with.
 */
static _Thread_local struct key scratch[2];

void
key_forget(void)
{
	EC_KEY_free(scratch[KEY_P256].ec);
	EC_KEY_free(scratch[KEY_P384].ec);
	memset(scratch, 0, sizeof(scratch));
}

struct key *
key_scratch(enum key_kind kind, struct span point)
{
	struct key *k = &scratch[kind];

	k->kind = kind;
	if (point.n != key_point_size(kind)) {
		key_not_allowed("a public key must be an uncompressed point "
				"(RFC 5480)");
		return NULL;
	}
	if (k->spki_length > 0 && span_equal(key_point(k), point))
		return k;
	k->spki_length = 0; /* whatever comes of it, it is no longer that one */
	if (ec_take_point(k, point) == -1)
		return NULL;
	memcpy(k->spki, point.p, point.n);
	k->spki_length = point.n;
	return k;
}

const struct key_method key_method_ec = {
	.generate = ec_generate,
	.take_point = ec_take_point,
	.sign = ec_sign,
	.verify = ec_verify,
	.sign_raw = ec_sign_raw,
	.verify_raw = ec_verify_raw,
};
