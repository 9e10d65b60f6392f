#ifndef KEY_INSIDE_H
#define KEY_INSIDE_H

/*
 * What the files of ca/key share about a key; no other folder includes this.
 */

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "key/key.h"

enum key_place { KEY_IN_MEMORY, KEY_ON_TOKEN };

struct key {
	enum key_kind kind;
	enum key_place place; /* where the private half lives */
	bool is_private;
	EC_KEY *ec;	/* of the kinds on a curve of NIST's */
	EVP_PKEY *pkey; /* of all others */
	uint8_t spki[KEY_SPKI_MAX];
	size_t spki_length;
	size_t point_at; /* in spki; the point ends it */
	uint8_t id[KEY_ID_SIZE];
};

/*
 * How an algorithm is used.  Messages are whole; what is too slow or
 * impossible for one algorithm is not asked of it.  NULL: it can't.
 */
struct key_method {
	int (*generate)(struct key *);
	/* from the point, which is of the right length: is it allowed? */
	int (*take_point)(struct key *, struct span point);
	int (*sign)(const struct key *, struct span message, uint8_t *signature,
	    size_t *n);
	int (*verify)(
	    const struct key *, struct span message, struct span signature);
	int (*sign_raw)(const struct key *, struct span message,
	    uint8_t *signature, size_t *n);
	int (*verify_raw)(
	    const struct key *, struct span message, struct span signature);
};

extern const struct key_method key_method_ec, key_method_evp, key_method_rsa;

/* One row an algorithm: all that is to be known of it (algorithm.c). */
struct key_algorithm {
	const char *name;      /* in profiles.cnf and assay.cnf */
	const char *signs;     /* for people: how it signs */
	const char *libcrypto; /* what libcrypto is asked for */
	const struct key_method *method;
	struct span algorithm; /* AlgorithmIdentifier of keys, whole */
	size_t point;	       /* octets; 0: they vary */
	struct span signature; /* AlgorithmIdentifier of signatures, whole */
	size_t longest, usual; /* octets of a signature */
	size_t width;	       /* of one coordinate; curves of NIST's only */
};

const struct key_algorithm *key_algorithm(enum key_kind);

/* A handle without a key in it. */
struct key *key_new(enum key_kind);
/* The point is known: SubjectPublicKeyInfo and key identifier. */
int key_describe(struct key *, struct span point);
/* Octets of one coordinate. */
size_t key_width(enum key_kind);
/* A private key from OpenSSL's, of which it takes a reference. */
struct key *key_from_ec(EC_KEY *);
struct key *key_from_pkey(EVP_PKEY *);
/* The curve, made once. */
const EC_GROUP *key_group(enum key_kind);
/* r and the lower s, each as long as a coordinate; -1: something failed. */
int key_write_raw(const struct key *, const ECDSA_SIG *, uint8_t *signature);
/* A key used once: its point goes into a handle that is kept. */
struct key *key_scratch(enum key_kind, struct span point);

/* KEY_NOT_ALLOWED and SIGNATURE: what is wrong; always -1. */
int key_not_allowed(const char *why);
int key_bad_signature(void);

/* Is what RSAPublicKey says too weak?  KEY_NOT_ALLOWED (weak_rsa.c). */
int key_rsa_judge(struct span point);

#endif
