/*
 * Keys: handles, public and private, of whatever algorithm.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"
#include "key/key.h"
#include "x509/der.h"

int
key_not_allowed(const char *why)
{
	ERR_clear_error();
	return err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED", "%s", why);
}

static int
not_available(enum key_kind kind)
{
	return err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED",
	    "this machine's libcrypto has no %s: take another algorithm, or "
	    "OpenSSL 3.5",
	    key_name(kind));
}

struct key *
key_new(enum key_kind kind)
{
	struct key *k = xcalloc(1, sizeof(*k));

	k->kind = kind;
	k->place = KEY_IN_MEMORY;
	return k;
}

/* SubjectPublicKeyInfo, RFC 5280 section 4.1, around the point. */
int
key_describe(struct key *k, struct span point)
{
	struct span whole;
	struct der w;

	der_start(&w, k->spki, sizeof(k->spki));
	der_put_octet_bits(&w, point);
	der_put_span(&w, key_algorithm(k->kind)->algorithm);
	der_wrap(&w, DER_SEQUENCE, 0);
	if (der_done(&w, &whole) == -1)
		return -1;
	memmove(k->spki, whole.p, whole.n);
	k->spki_length = whole.n;
	k->point_at = whole.n - point.n;
	key_id_of_point(key_point(k), k->id);
	return 0;
}

static int
check_length(enum key_kind kind, struct span point)
{
	const struct key_algorithm *a = key_algorithm(kind);

	if (a->point == 0 || point.n == a->point)
		return 0;
	if (a->width != 0)
		return key_not_allowed("a public key must be an uncompressed "
				       "point (RFC 5480)");
	return key_not_allowed("a public key has not its algorithm's length");
}

struct key *
key_from_point(enum key_kind kind, struct span point)
{
	struct key *k;

	if (check_length(kind, point) == -1)
		return NULL;
	if (!key_is_available(kind)) {
		not_available(kind);
		return NULL;
	}
	k = key_new(kind);
	if (key_algorithm(kind)->method->take_point(k, point) == -1 ||
	    key_describe(k, point) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

/* Is the whole element that algorithm's, of its length? */
static bool
is_spki_of(struct span spki, enum key_kind kind, struct span *point)
{
	const struct key_algorithm *a = key_algorithm(kind);
	struct span in, algorithm;

	if (der_get_only(spki, DER_SEQUENCE, "it", &in) == -1 ||
	    der_get_whole(&in, DER_SEQUENCE, &algorithm) == -1 ||
	    !span_equal(algorithm, a->algorithm) ||
	    der_get_octet_bits(&in, point) == -1 || der_end(in, "it") == -1)
		return false;
	return (a->point == 0 || point->n == a->point) &&
	    (a->width == 0 || point->p[0] == 0x04);
}

int
key_spki_split(struct span spki, enum key_kind *kind, struct span *point)
{
	for (int i = 0; i < KEY_KINDS; i++)
		if (is_spki_of(spki, (enum key_kind)i, point)) {
			*kind = (enum key_kind)i;
			return 0;
		}
	return key_not_allowed(
	    "a public key must be on P-256 or P-384 by the curve's name and "
	    "uncompressed (RFC 5480), Ed25519 (RFC 8410), RSA (RFC 4055) or "
	    "ML-DSA (RFC 9881)");
}

struct key *
key_from_spki(struct span spki)
{
	enum key_kind kind = KEY_P256;
	struct span point;

	if (key_spki_split(spki, &kind, &point) == -1)
		return NULL;
	return key_from_point(kind, point);
}

struct key *
key_generate(enum key_kind kind)
{
	const struct key_method *m = key_algorithm(kind)->method;
	struct key *k;

	if (!key_is_available(kind)) {
		not_available(kind);
		return NULL;
	}
	if (m->generate == NULL) {
		err_set(ERR_INPUT,
		    "no %s keys are made here: they are only verified with",
		    key_name(kind));
		return NULL;
	}
	k = key_new(kind);
	k->is_private = true;
	if (m->generate(k) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

/* OpenSSL zeroes what is private. */
void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EC_KEY_free(k->ec);
	EVP_PKEY_free(k->pkey);
	free(k);
}

enum key_kind
key_kind(const struct key *k)
{
	return k->kind;
}

bool
key_is_private(const struct key *k)
{
	return k->is_private;
}

struct span
key_point(const struct key *k)
{
	return span_of(k->spki + k->point_at, k->spki_length - k->point_at);
}

struct span
key_spki(const struct key *k)
{
	return span_of(k->spki, k->spki_length);
}

struct span
key_id(const struct key *k)
{
	return span_of(k->id, sizeof(k->id));
}

void
key_id_of_point(struct span point, uint8_t id[KEY_ID_SIZE])
{
	uint8_t digest[HASH_SIZE];

	hash_sha256(point, digest);
	memcpy(id, digest, KEY_ID_SIZE);
}

int
key_check_point(enum key_kind kind, struct span point)
{
	struct key *k;

	if (key_algorithm(kind)->width != 0)
		return key_scratch(kind, point) != NULL ? 0 : -1;
	k = key_from_point(kind, point);
	key_free(k);
	return k != NULL ? 0 : -1;
}
