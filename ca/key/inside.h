#ifndef KEY_INSIDE_H
#define KEY_INSIDE_H

/*
 * What the files of ca/key share about a key; no other folder includes this.
 */

#include <openssl/ec.h>

#include "key/key.h"

enum key_place { KEY_IN_MEMORY };

struct key {
	enum key_kind kind;
	enum key_place place; /* where the private half lives */
	bool is_private;
	EC_KEY *ec;
	uint8_t spki[KEY_SPKI_MAX];
	size_t spki_length;
	uint8_t id[KEY_ID_SIZE];
};

/* Octets of one coordinate. */
size_t key_width(enum key_kind);
/* A private key from OpenSSL's, of which it takes a reference. */
struct key *key_from_ec(EC_KEY *);
/* The curve, made once. */
const EC_GROUP *key_group(enum key_kind);

#endif
