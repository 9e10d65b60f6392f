/*
 * Signing and verifying, whatever the algorithm.
 */

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"

int
key_bad_signature(void)
{
	ERR_clear_error();
	return err_set_code(
	    ERR_DENIED, "SIGNATURE", "a signature does not hold for its key");
}

static int
check_can(const struct key *k, const void *how)
{
	if (!k->is_private)
		return err_set(ERR_INTERNAL, "cannot sign with a public key");
	if (how == NULL)
		return err_set(
		    ERR_INTERNAL, "cannot sign with %s", key_name(k->kind));
	return 0;
}

int
key_sign(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	const struct key_method *m = key_algorithm(k->kind)->method;

	if (check_can(k, m->sign) == -1)
		return -1;
	return m->sign(k, message, signature, n);
}

int
key_sign_raw(
    const struct key *k, struct span message, uint8_t *signature, size_t *n)
{
	const struct key_method *m = key_algorithm(k->kind)->method;

	if (check_can(k, m->sign_raw) == -1)
		return -1;
	return m->sign_raw(k, message, signature, n);
}

int
key_verify(const struct key *k, struct span message, struct span signature)
{
	if (signature.n > key_signature_longest(k->kind))
		return key_bad_signature();
	return key_algorithm(k->kind)->method->verify(k, message, signature);
}

int
key_verify_raw(const struct key *k, struct span message, struct span signature)
{
	return key_algorithm(k->kind)->method->verify_raw(
	    k, message, signature);
}

int
key_verify_point(enum key_kind kind, struct span point, struct span message,
    struct span signature)
{
	struct key *k;
	int rc;

	if (key_algorithm(kind)->width != 0) {
		k = key_scratch(kind, point);
		return k != NULL ? key_verify(k, message, signature) : -1;
	}
	if ((k = key_from_point(kind, point)) == NULL)
		return -1;
	rc = key_verify(k, message, signature);
	key_free(k);
	return rc;
}

bool
key_has_two_forms(enum key_kind kind)
{
	return key_width(kind) != 0;
}

bool
key_raw_is_low(enum key_kind kind, struct span signature)
{
	/* half of the order, rounded down */
	static const uint8_t p256[32] = { 0x7f, 0xff, 0xff, 0xff, 0x80, 0x00,
		0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc,
		0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8 };
	static const uint8_t p384[48] = { 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe3, 0xb1,
		0xa6, 0xc0, 0xfa, 0x1b, 0x96, 0xef, 0xac, 0x0d, 0x06, 0xd9,
		0x24, 0x58, 0x53, 0xbd, 0x76, 0x76, 0x0c, 0xb5, 0x66, 0x62,
		0x94, 0xb9 };
	size_t width = key_width(kind);

	if (width == 0)
		return true;
	return signature.n == 2 * width &&
	    memcmp(signature.p + width, kind == KEY_P256 ? p256 : p384,
		width) <= 0;
}

/* ---- a message in pieces */

struct key_signing {
	const struct key *key;
	struct hash *hash; /* NULL: the message is kept */
	struct buf message;
	uint8_t digest[HASH_SHA384];
	bool ended;
};

struct key_signing *
key_signing_new(const struct key *k)
{
	struct key_signing *s = xcalloc(1, sizeof(*s));

	s->key = k;
	if (k->kind == KEY_P256)
		s->hash = hash_new();
	else if (k->kind == KEY_P384)
		s->hash = hash_new_sha384();
	return s;
}

void
key_signing_put(struct key_signing *s, struct span piece)
{
	if (s->hash != NULL)
		hash_put(s->hash, piece);
	else
		buf_put_span(&s->message, piece);
}

int
key_signing_sign(struct key_signing *s, uint8_t *signature, size_t *n)
{
	if (s->hash == NULL)
		return key_sign(s->key, buf_span(&s->message), signature, n);
	if (!s->ended)
		hash_end(s->hash, s->digest);
	s->ended = true;
	return key_sign_digest(
	    s->key, span_of(s->digest, key_width(s->key->kind)), signature, n);
}

void
key_signing_free(struct key_signing *s)
{
	if (s == NULL)
		return;
	hash_free(s->hash);
	buf_free(&s->message);
	free(s);
}
