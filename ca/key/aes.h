#ifndef KEY_AES_H
#define KEY_AES_H

#include <stdint.h>

/*
 * AES-256 (FIPS 197) on single blocks: a keyed permutation of 16 octets,
 * nothing more.  Do not encrypt messages with it.
 */
#define AES_KEY_SIZE   32
#define AES_BLOCK_SIZE 16

struct aes;
struct aes *aes_new(const uint8_t key[AES_KEY_SIZE]);
void aes_free(struct aes *); /* zeroes it */
void aes_encrypt(struct aes *, const uint8_t in[AES_BLOCK_SIZE],
    uint8_t out[AES_BLOCK_SIZE]);
/* Several blocks, each by itself. */
void aes_encrypt_blocks(
    struct aes *, const uint8_t *in, unsigned blocks, uint8_t *out);
void aes_decrypt(struct aes *, const uint8_t in[AES_BLOCK_SIZE],
    uint8_t out[AES_BLOCK_SIZE]);

#endif
