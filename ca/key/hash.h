#ifndef KEY_HASH_H
#define KEY_HASH_H

#include <stdint.h>

#include "base/buf.h"

#define HASH_SIZE 32

/* SHA-256 (FIPS 180-4) of octets that come in pieces. */
struct hash;

struct hash *hash_new(void);
void hash_put(struct hash *, struct span);
/* The digest of all that was put; then the next one begins. */
void hash_end(struct hash *, uint8_t digest[HASH_SIZE]);
void hash_free(struct hash *);

/* SHA-256 of octets that are all there. */
void hash_sha256(struct span, uint8_t digest[HASH_SIZE]);

#endif
