#ifndef KEY_KEY_H
#define KEY_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A key on a curve that we use: private (from a PEM file) or public.  ECDSA
 * with the hash of the curve's size: SHA-256 on P-256, SHA-384 on P-384
 * (FIPS 186-5, RFC 5758).  Private octets are zeroed when it is freed.
 *
 * The handle says where a key lives; today that is this process's memory.
 */
struct key;

enum key_kind { KEY_P256, KEY_P384 };

#define KEY_SIGNATURE_MAX 104 /* ECDSA-Sig-Value on P-384 */
#define KEY_RAW_MAX	  96  /* r and s side by side on P-384 */
#define KEY_POINT_MAX	  97
#define KEY_SPKI_MAX	  120
#define KEY_ID_SIZE	  20

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
 * A public key.  KEY_NOT_ALLOWED (ERR_INPUT) unless it is P-256 or P-384, a
 * named curve and an uncompressed point on it, not at infinity.  Nothing may
 * stand behind the SubjectPublicKeyInfo.
 */
struct key *key_from_spki(struct span);
struct key *key_from_point(enum key_kind, struct span);
/*
 * Take a SubjectPublicKeyInfo apart, so far as it is of that form; whether the
 * point is on the curve is not looked at.
 */
int key_spki_split(struct span spki, enum key_kind *, struct span *point);
/* Is the point an uncompressed one on that curve?  KEY_NOT_ALLOWED. */
int key_check_point(enum key_kind, struct span point);
void key_free(struct key *);

enum key_kind key_kind(const struct key *);
bool key_is_private(const struct key *);
struct span key_point(const struct key *); /* uncompressed */
struct span key_spki(const struct key *);  /* SubjectPublicKeyInfo */
/* Key identifier: RFC 7093 method 1, left 160 bits of SHA-256 of the point. */
struct span key_id(const struct key *);
void key_id_of_point(struct span point, uint8_t id[KEY_ID_SIZE]);
/* Does the point of a certificate or request belong to a key that everybody
 * has (RFC 9500)? */
bool key_is_known_test_key(struct span point);

/*
 * Sign a message; the signature is DER (ECDSA-Sig-Value), at most
 * KEY_SIGNATURE_MAX octets, *n of them.
 */
int key_sign(
    const struct key *, struct span message, uint8_t *signature, size_t *n);
/* The same for a digest made already: 32 octets for P-256, 48 for P-384. */
int key_sign_digest(
    const struct key *, struct span digest, uint8_t *signature, size_t *n);
/* Fixed size, r then s, as JOSE has it (RFC 7518 section 3.4); s is the lower
 * of its two values. */
int key_sign_raw(
    const struct key *, struct span message, uint8_t *signature, size_t *n);

/*
 * Is s of a raw P-256 signature the lower of its two values?  Who remembers
 * signatures to refuse them a second time must ask: with the other value the
 * same signature looks like a new one.
 */
bool key_raw_is_low(struct span signature);

/* 0 when good; -1 with ERR_DENIED, code SIGNATURE, when not. */
int key_verify(const struct key *, struct span message, struct span signature);
int key_verify_raw(
    const struct key *, struct span message, struct span signature);

/*
 * The same for the key at a point, without making a handle: for keys that are
 * used once.  Also KEY_NOT_ALLOWED, as key_from_point().
 */
int key_verify_point(enum key_kind, struct span point, struct span message,
    struct span signature);

#endif
