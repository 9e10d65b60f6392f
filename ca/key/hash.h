#ifndef KEY_HASH_H
#define KEY_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Digests (FIPS 180-4), message authentication (RFC 2104), random octets. */

#define HASH_SIZE   32
#define HASH_SHA1   20
#define HASH_SHA384 48
#define HASH_SHA512 64

/* SHA-256 (FIPS 180-4) of octets that come in pieces. */
struct hash;

struct hash *hash_new(void);
/* The same with SHA-384; digests then have HASH_SHA384 octets. */
struct hash *hash_new_sha384(void);
void hash_put(struct hash *, struct span);
/* The digest of all that was put; then the next one begins. */
void hash_end(struct hash *, uint8_t *digest);
void hash_free(struct hash *);

/* SHA-256 of octets that are all there. */
void hash_sha256(struct span, uint8_t digest[HASH_SIZE]);
void hash_sha384(struct span, uint8_t digest[HASH_SHA384]);
void hash_sha512(struct span, uint8_t digest[HASH_SHA512]);
/* Only to find things by (OCSP's CertID), never to trust them. */
void hash_sha1(struct span, uint8_t digest[HASH_SHA1]);

/* SHA-384, SHA-512 and SHA-1 keep a context a thread; one that ends calls this.
 */
void hash_forget(void);

/* HMAC (RFC 2104) with SHA-256. */
void hash_hmac(struct span key, struct span, uint8_t mac[HASH_SIZE]);

/* From the system's generator; ends the process if there is none. */
void hash_random(uint8_t *, size_t);

#endif
