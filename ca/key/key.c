/*
 * Keys: public ones from points, private ones made here.  OpenSSL 3's decoder
 * and its provider keys cost more than a verification, so points are loaded
 * into EC_KEY directly.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/err.h"
#include "key/hash.h"
#include "key/inside.h"
#include "key/key.h"
#include "x509/ossl.h"

/* SubjectPublicKeyInfo up to the point, RFC 5480. */
static const struct spki_prefix {
	uint8_t octets[26];
	size_t n;
} prefixes[] = {
	[KEY_P256] = { { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
			   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
			   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 },
	    26 },
	[KEY_P384] = { { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48,
			   0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
			   0x00, 0x22, 0x03, 0x62, 0x00 },
	    23 },
};

/*
 * Abscissas on P-256 whose private keys are in print: RFC 9500 section 2.3,
 * RFC 6979 appendix A.2.5, and the generator itself (private key 1).
 */
static const uint8_t known[][32] = {
	{ 0x42, 0x25, 0x48, 0xf8, 0x8f, 0xb7, 0x82, 0xff, 0xb5, 0xec, 0xa3,
	    0x74, 0x44, 0x52, 0xc7, 0x2a, 0x1e, 0x55, 0x8f, 0xbd, 0x6f, 0x73,
	    0xbe, 0x5e, 0x48, 0xe9, 0x32, 0x32, 0xcc, 0x45, 0xc5, 0xb1 },
	{ 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb,
	    0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61,
	    0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6 },
	{ 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6,
	    0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb,
	    0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96 },
};

size_t
key_width(enum key_kind kind)
{
	return kind == KEY_P256 ? 32 : 48;
}

const EC_GROUP *
key_group(enum key_kind kind)
{
	static EC_GROUP *groups[2];

	if (groups[kind] == NULL)
		groups[kind] = EC_GROUP_new_by_curve_name(
		    kind == KEY_P256 ? NID_X9_62_prime256v1 : NID_secp384r1);
	return groups[kind];
}

static int
not_allowed(const char *why)
{
	ERR_clear_error();
	return err_set_code(ERR_INPUT, "KEY_NOT_ALLOWED", "%s", why);
}

static struct key *
key_new(enum key_kind kind)
{
	struct key *k = xcalloc(1, sizeof(*k));

	k->kind = kind;
	k->place = KEY_IN_MEMORY;
	if ((k->ec = EC_KEY_new()) == NULL ||
	    EC_KEY_set_group(k->ec, key_group(kind)) != 1) {
		x509_err("start a key");
		key_free(k);
		return NULL;
	}
	return k;
}

/* All that is told about the public half, once it is there. */
static int
describe(struct key *k)
{
	const struct spki_prefix *prefix = &prefixes[k->kind];
	size_t n = 1 + 2 * key_width(k->kind);

	memcpy(k->spki, prefix->octets, prefix->n);
	k->spki_length = prefix->n + n;
	if (EC_POINT_point2oct(key_group(k->kind),
		EC_KEY_get0_public_key(k->ec), POINT_CONVERSION_UNCOMPRESSED,
		k->spki + prefix->n, n, NULL) != n)
		return x509_err("write a public key");
	key_id_of_point(key_point(k), k->id);
	return 0;
}

struct key *
key_from_point(enum key_kind kind, struct span point)
{
	struct key *k = NULL;

	if (point.n != 1 + 2 * key_width(kind) || point.p[0] != 0x04) {
		not_allowed("a public key must be an uncompressed point");
		return NULL;
	}
	if ((k = key_new(kind)) == NULL)
		return NULL;
	/* checks that the point is on the curve; both have cofactor 1 */
	if (EC_KEY_oct2key(k->ec, point.p, point.n, NULL) != 1) {
		not_allowed("a public key must be a point on its curve");
		key_free(k);
		return NULL;
	}
	if (describe(k) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

int
key_spki_split(struct span spki, enum key_kind *kind, struct span *point)
{
	for (enum key_kind i = KEY_P256; i <= KEY_P384; i++) {
		const struct spki_prefix *prefix = &prefixes[i];

		if (spki.n != prefix->n + 1 + 2 * key_width(i) ||
		    memcmp(spki.p, prefix->octets, prefix->n) != 0 ||
		    spki.p[prefix->n] != 0x04)
			continue;
		*kind = i;
		*point = span_of(spki.p + prefix->n, spki.n - prefix->n);
		return 0;
	}
	return not_allowed("a public key must be on P-256 or P-384, by the "
			   "curve's name and uncompressed (RFC 5480)");
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
	struct key *k = key_new(kind);

	if (k == NULL)
		return NULL;
	if (EC_KEY_generate_key(k->ec) != 1) {
		x509_err("generate a key");
		key_free(k);
		return NULL;
	}
	k->is_private = true;
	if (describe(k) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

struct key *
key_from_ec(EC_KEY *ec)
{
	int nid = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	struct key *k;

	if (nid != NID_X9_62_prime256v1 && nid != NID_secp384r1) {
		not_allowed("a key must be on P-256 or P-384");
		return NULL;
	}
	if (EC_KEY_get0_private_key(ec) == NULL || EC_KEY_check_key(ec) != 1) {
		not_allowed("a private key does not fit its public one");
		return NULL;
	}
	k = xcalloc(1, sizeof(*k));
	k->kind = nid == NID_secp384r1 ? KEY_P384 : KEY_P256;
	k->place = KEY_IN_MEMORY;
	k->is_private = true;
	(void)EC_KEY_up_ref(ec);
	k->ec = ec;
	if (describe(k) == -1) {
		key_free(k);
		return NULL;
	}
	return k;
}

/* EC_KEY_free() zeroes the private number. */
void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EC_KEY_free(k->ec);
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
	size_t n = prefixes[k->kind].n;

	return span_of(k->spki + n, k->spki_length - n);
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

bool
key_is_known_test_key(struct span point)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (point.n == 65 && memcmp(point.p + 1, known[i], 32) == 0)
			return true;
	return false;
}
