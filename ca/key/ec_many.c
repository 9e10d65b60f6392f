/*
 * Several messages signed at once with P-256.  More than two fifths of a
 * signature are two inversions: of a coordinate, and of the nonce.  Of several
 * numbers each is inverted by one inversion of their product (Montgomery), so
 * the more there are the less each costs.
 *
 * The nonces are libcrypto's: from the private key, the message and its random
 * numbers, as for one.  None is made before its message is there, none is used
 * twice, and none outlives the call; nor does their product, since whoever
 * knows that and the signatures has an equation for the private key.  The
 * inversions are by Fermat's little theorem, with an exponent that everybody
 * knows, as libcrypto has them for curves without code of their own; and the
 * last step, in which the private key takes part, is libcrypto's.  Whatever
 * fails here, each message is signed by itself.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "key/hash.h"
#include "key/inside.h"

/* Two inversions cost as much as two signatures: of fewer none is cheaper. */
#define LEAST 5

struct one {
	uint8_t digest[HASH_SIZE];
	EC_POINT *point; /* nonce times generator */
	BIGNUM *nonce;	 /* and then in Montgomery's form */
	BIGNUM *r;
	BIGNUM *product; /* of the nonces up to this one, in that form */
	BIGNUM *inverse; /* of the nonce */
};

/* Of a thread, which keeps it; but for what libcrypto computes in, which is
 * cleared when it is freed and not before. */
struct room {
	BN_CTX *ctx;
	BN_MONT_CTX *mont; /* modulo the order */
	BIGNUM *exponent;  /* order - 2 */
	BIGNUM *left;	   /* the inverse of the nonces that are left */
	struct one all[KEY_MANY];
};

static _Thread_local struct room *kept;

static void
room_free(struct room *m)
{
	size_t i;

	for (i = 0; i < KEY_MANY; i++) {
		EC_POINT_clear_free(m->all[i].point);
		BN_clear_free(m->all[i].nonce);
		BN_clear_free(m->all[i].r);
		BN_clear_free(m->all[i].product);
		BN_clear_free(m->all[i].inverse);
	}
	BN_clear_free(m->left);
	BN_clear_free(m->exponent);
	BN_MONT_CTX_free(m->mont);
	free(m);
}

static bool
make_one(struct one *o, const EC_GROUP *group)
{
	return (o->point = EC_POINT_new(group)) != NULL &&
	    (o->nonce = BN_new()) != NULL && (o->r = BN_new()) != NULL &&
	    (o->product = BN_new()) != NULL && (o->inverse = BN_new()) != NULL;
}

static struct room *
room_new(const EC_GROUP *group)
{
	const BIGNUM *order = EC_GROUP_get0_order(group);
	struct room *m = xcalloc(1, sizeof(*m));
	BN_CTX *ctx = BN_CTX_new();
	bool ok;
	size_t i;

	ok = ctx != NULL && (m->mont = BN_MONT_CTX_new()) != NULL &&
	    (m->left = BN_new()) != NULL &&
	    (m->exponent = BN_dup(order)) != NULL &&
	    BN_sub_word(m->exponent, 2) == 1 &&
	    BN_MONT_CTX_set(m->mont, order, ctx) == 1;
	for (i = 0; ok && i < KEY_MANY; i++)
		ok = make_one(&m->all[i], group);
	BN_CTX_free(ctx);
	if (ok)
		return m;
	room_free(m);
	return NULL;
}

/* Nothing of the nonces stays. */
static void
forget(struct room *m, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		BN_clear(m->all[i].nonce);
		BN_clear(m->all[i].product);
		BN_clear(m->all[i].inverse);
	}
	BN_clear(m->left);
}

static bool
make_nonces(struct room *m, const EC_KEY *key, size_t n)
{
	const EC_GROUP *group = EC_KEY_get0_group(key);
	EC_POINT *points[KEY_MANY];
	size_t i;

	for (i = 0; i < n; i++) {
		points[i] = m->all[i].point;
		if (BN_generate_dsa_nonce(m->all[i].nonce,
			EC_GROUP_get0_order(group),
			EC_KEY_get0_private_key(key), m->all[i].digest,
			sizeof(m->all[i].digest), m->ctx) != 1 ||
		    EC_POINT_mul(group, points[i], m->all[i].nonce, NULL, NULL,
			m->ctx) != 1)
			return false;
	}
	return EC_POINTs_make_affine(group, n, points, m->ctx) == 1;
}

/* r: the first coordinate, modulo the order. */
static bool
find_r(struct room *m, const EC_GROUP *group, struct one *o)
{
	return EC_POINT_get_Jprojective_coordinates_GFp(
		   group, o->point, o->r, NULL, NULL, m->ctx) == 1 &&
	    BN_nnmod(o->r, o->r, EC_GROUP_get0_order(group), m->ctx) == 1 &&
	    !BN_is_zero(o->r);
}

static bool
multiply(struct room *m, size_t n)
{
	struct one *o = m->all;
	size_t i;

	for (i = 0; i < n; i++) {
		if (BN_to_montgomery(o[i].nonce, o[i].nonce, m->mont, m->ctx) !=
		    1)
			return false;
		if (i == 0
			? BN_copy(o[0].product, o[0].nonce) == NULL
			: BN_mod_mul_montgomery(o[i].product, o[i - 1].product,
			      o[i].nonce, m->mont, m->ctx) != 1)
			return false;
	}
	return true;
}

/* One that is none makes a signature that is none and may say too much.  To
 * look costs little. */
static bool
are_inverse(struct room *m, size_t n)
{
	struct one *o = m->all;
	size_t i;

	for (i = 0; i < n; i++)
		if (BN_mod_mul_montgomery(o[i].product, o[i].inverse,
			o[i].nonce, m->mont, m->ctx) != 1 ||
		    !BN_is_one(o[i].product))
			return false;
	return true;
}

/* From the product's inverse, backwards, each one's own. */
static bool
invert(struct room *m, const EC_GROUP *group, size_t n)
{
	struct one *o = m->all;
	size_t i;

	if (!multiply(m, n) ||
	    BN_from_montgomery(m->left, o[n - 1].product, m->mont, m->ctx) !=
		1 ||
	    BN_mod_exp_mont(m->left, m->left, m->exponent,
		EC_GROUP_get0_order(group), m->ctx, m->mont) != 1)
		return false;
	for (i = n - 1; i > 0; i--)
		if (BN_mod_mul_montgomery(o[i].inverse, m->left,
			o[i - 1].product, m->mont, m->ctx) != 1 ||
		    BN_mod_mul_montgomery(
			m->left, m->left, o[i].nonce, m->mont, m->ctx) != 1)
			return false;
	return BN_copy(o[0].inverse, m->left) != NULL && are_inverse(m, n);
}

/* The last step, in which the private key takes part. */
typedef bool finish(
    const struct key *, const struct one *, struct key_signed *);

static bool
finish_der(const struct key *k, const struct one *o, struct key_signed *s)
{
	unsigned length = 0;

	if (ECDSA_sign_ex(0, o->digest, HASH_SIZE, s->signature, &length,
		o->inverse, o->r, k->ec) != 1)
		return false;
	s->n = length;
	return true;
}

static bool
finish_raw(const struct key *k, const struct one *o, struct key_signed *s)
{
	ECDSA_SIG *made =
	    ECDSA_do_sign_ex(o->digest, HASH_SIZE, o->inverse, o->r, k->ec);
	bool ok = made != NULL && key_write_raw(k, made, s->signature) == 0;

	ECDSA_SIG_free(made);
	s->n = 2 * key_width(k->kind);
	return ok;
}

static bool
sign_all(struct room *m, const struct key *k, finish *end, struct key_signed *s,
    size_t n)
{
	const EC_GROUP *group = EC_KEY_get0_group(k->ec);
	size_t i;

	for (i = 0; i < n; i++)
		hash_sha256(s[i].message, m->all[i].digest);
	if (!make_nonces(m, k->ec, n))
		return false;
	for (i = 0; i < n; i++)
		if (!find_r(m, group, &m->all[i]))
			return false;
	if (!invert(m, group, n))
		return false;
	for (i = 0; i < n; i++)
		if (!end(k, &m->all[i], &s[i]))
			return false;
	return true;
}

static bool
sign_together(const struct key *k, finish *end, struct key_signed *s, size_t n)
{
	bool ok;

	if (k->kind != KEY_P256 || k->place != KEY_IN_MEMORY ||
	    !k->is_private || n < LEAST || n > KEY_MANY)
		return false;
	if (kept == NULL && (kept = room_new(key_group(KEY_P256))) == NULL)
		return false;
	kept->ctx = BN_CTX_new();
	ok = kept->ctx != NULL && sign_all(kept, k, end, s, n);
	BN_CTX_free(kept->ctx);
	forget(kept, n);
	if (!ok) { /* with the points as they are half way */
		room_free(kept);
		kept = NULL;
	}
	ERR_clear_error();
	return ok;
}

int
key_sign_many(const struct key *k, struct key_signed *s, size_t n)
{
	size_t i;

	if (sign_together(k, finish_der, s, n))
		return 0;
	for (i = 0; i < n; i++)
		if (key_sign(k, s[i].message, s[i].signature, &s[i].n) == -1)
			return -1;
	return 0;
}

int
key_sign_raw_many(const struct key *k, struct key_signed *s, size_t n)
{
	size_t i;

	if (sign_together(k, finish_raw, s, n))
		return 0;
	for (i = 0; i < n; i++)
		if (key_sign_raw(k, s[i].message, s[i].signature, &s[i].n) ==
		    -1)
			return -1;
	return 0;
}
