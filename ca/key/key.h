#ifndef KEY_KEY_H
#define KEY_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A key: private (from a PEM file, or on a token: pkcs11.h) or public.  Each
 * algorithm goes with one way of signing:
 *
 *	P-256, P-384	ECDSA with the hash of the curve's size, SHA-256 or
 *			SHA-384 (FIPS 186-5, RFC 5758)
 *	Ed25519		RFC 8032, RFC 8410
 *	RSA		3072 to 4096 bits, verified only: PKCS #1 1.5 with
 *			SHA-256 in X.509, that or PSS in JOSE
 *	ML-DSA-44, -65	FIPS 204, RFC 9881; where libcrypto has it
 *
 * Private octets are zeroed when a key is freed.  The handle knows whether they
 * are in this process's memory or on the token.
 */
struct key;

enum key_kind {
	KEY_P256,
	KEY_P384,
	KEY_ED25519,
	KEY_RSA,
	KEY_ML_DSA_44,
	KEY_ML_DSA_65,
	KEY_KINDS
};

#define KEY_SIGNATURE_MAX 3309 /* ML-DSA-65 */
#define KEY_RAW_MAX	  KEY_SIGNATURE_MAX
#define KEY_POINT_MAX	  1952 /* ML-DSA-65 */
#define KEY_SPKI_MAX	  1974
#define KEY_ID_SIZE	  20

/* The name that profiles and configuration call it by. */
const char *key_name(enum key_kind);
/* How it signs, for people. */
const char *key_signature_name(enum key_kind);
/* ERR_INPUT when there is no such algorithm. */
int key_by_name(struct span name, enum key_kind *);
/* Does this machine's libcrypto have it?  Asked once. */
bool key_is_available(enum key_kind);
/* Octets of its public key; 0: they vary. */
size_t key_point_size(enum key_kind);

/*
 * AlgorithmIdentifier, the whole element, of its keys and of its signatures;
 * and whose signatures such an element is, ERR_INPUT when nobody's.
 */
struct span key_algorithm_of_keys(enum key_kind);
struct span key_algorithm_of_signatures(enum key_kind);
int key_kind_of_signature(struct span algorithm, enum key_kind *);
/* How long a signature is at most, and how long most often: who announces a
 * length may sign again until it fits. */
size_t key_signature_longest(enum key_kind);
size_t key_signature_usual(enum key_kind);

/*
 * Load a private key, PEM PKCS#8.  The file must be a regular one that nobody
 * but its owner can read (0600, 0400).  passphrase_file is NULL or holds the
 * passphrase in its first line; an encrypted file without one is refused, and
 * so is an unencrypted file with one.
 */
struct key *key_load(const char *path, const char *passphrase_file);
struct key *key_generate(enum key_kind);
/* A new file, 0600, encrypted (AES-256) if there is a passphrase file;
 * ERR_CONFLICT when the path exists. */
int key_create_file(
    const struct key *, const char *path, const char *passphrase_file);

/*
 * A public key.  KEY_NOT_ALLOWED (ERR_INPUT) unless it is of one of the
 * algorithms and not weak: on a curve of NIST's a named curve and an
 * uncompressed point on it, not at infinity; on Ed25519 no point of small
 * order; for RSA see key_shares_prime().  Nothing may stand behind the
 * SubjectPublicKeyInfo.
 *
 * The point is what SubjectPublicKeyInfo has in its bit string.
 */
struct key *key_from_spki(struct span);
struct key *key_from_point(enum key_kind, struct span);
/*
 * Take a SubjectPublicKeyInfo apart, so far as it is of that form; whether the
 * point is on the curve is not looked at.
 */
int key_spki_split(struct span spki, enum key_kind *, struct span *point);
/* Would key_from_point() take it?  KEY_NOT_ALLOWED. */
int key_check_point(enum key_kind, struct span point);
/*
 * Is it a key that everybody has, or a weak one?  KEY_NOT_ALLOWED, naming the
 * rule and what to do.  For keys that somebody wants certified.
 */
int key_check_strength(enum key_kind, struct span point);
/* Two RSA keys with a common factor: both are broken. */
bool key_shares_prime(struct span point, struct span other);
void key_free(struct key *);

enum key_kind key_kind(const struct key *);
bool key_is_private(const struct key *);
struct span key_point(const struct key *); /* uncompressed */
struct span key_spki(const struct key *);  /* SubjectPublicKeyInfo */
/* Key identifier: RFC 7093 method 1, left 160 bits of SHA-256 of the point. */
struct span key_id(const struct key *);
void key_id_of_point(struct span point, uint8_t id[KEY_ID_SIZE]);
/* Is it a key whose private half is in print (RFC 9500)? */
bool key_is_known_test_key(enum key_kind, struct span point);

/*
 * Sign a message as X.509 has it (ECDSA: DER, ECDSA-Sig-Value); at most
 * KEY_SIGNATURE_MAX octets, *n of them.
 */
int key_sign(
    const struct key *, struct span message, uint8_t *signature, size_t *n);

/*
 * Several messages at once, KEY_MANY at most: from five on cheaper by P-256
 * than one after the other.  -1: none of the signatures counts.
 */
#define KEY_MANY 32
struct key_signed {
	struct span message;
	uint8_t *signature; /* room for KEY_SIGNATURE_MAX octets, */
	size_t n;	    /* of which it has so many */
};
int key_sign_many(const struct key *, struct key_signed *, size_t n);
/* The same as key_sign_raw() has it. */
int key_sign_raw_many(const struct key *, struct key_signed *, size_t n);

/* The same for a digest made already, by ECDSA only: 32 octets for P-256, 48
 * for P-384. */
int key_sign_digest(
    const struct key *, struct span digest, uint8_t *signature, size_t *n);

/*
 * The same for a message that comes in pieces: hashed as it comes by ECDSA,
 * kept until its end by those that must read it whole.
 */
struct key_signing;
struct key_signing *key_signing_new(const struct key *);
void key_signing_put(struct key_signing *, struct span);
/* May be asked for several signatures of the one message. */
int key_signing_sign(struct key_signing *, uint8_t *signature, size_t *n);
void key_signing_free(struct key_signing *);

/* As JOSE has it: ECDSA in fixed size, r then s (RFC 7518 section 3.4), s the
 * lower of its two values. */
int key_sign_raw(
    const struct key *, struct span message, uint8_t *signature, size_t *n);

/*
 * Is s of a raw ECDSA signature the lower of its two values?  Who remembers
 * signatures to refuse them a second time must ask: with the other value the
 * same signature looks like a new one.  Others have but one value: true.
 */
bool key_raw_is_low(enum key_kind, struct span signature);
/* Has each of its signatures another form that holds, too (ECDSA)? */
bool key_has_two_forms(enum key_kind);

/* 0 when good; -1 with ERR_DENIED, code SIGNATURE, when not. */
int key_verify(const struct key *, struct span message, struct span signature);
int key_verify_raw(
    const struct key *, struct span message, struct span signature);
/* RSA with PSS, SHA-256 and a salt of its size (RFC 7518 section 3.5). */
int key_verify_pss(
    const struct key *, struct span message, struct span signature);

/*
 * The same for the key at a point, without making a handle: for keys that are
 * used once.  Also KEY_NOT_ALLOWED, as key_from_point().
 */
int key_verify_point(enum key_kind, struct span point, struct span message,
    struct span signature);

/*
 * Threads: a handle may be used by several at a time, but for key_free().  A
 * thread that ends calls this, for what it kept.
 */
void key_forget(void);

#endif
