/*
 * AES-256 on single blocks, by libcrypto: ECB of one block is the bare
 * permutation.
 */

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/log.h"
#include "key/aes.h"

struct aes {
	EVP_CIPHER_CTX *forth, *back;
};

static void
must(int ok)
{
	if (ok == 1)
		return;
	log_write(LOG_ALARM, "AES does not work: libcrypto is broken");
	abort();
}

struct aes *
aes_new(const uint8_t key[AES_KEY_SIZE])
{
	struct aes *a = xcalloc(1, sizeof(*a));

	a->forth = EVP_CIPHER_CTX_new();
	a->back = EVP_CIPHER_CTX_new();
	must(a->forth != NULL && a->back != NULL);
	must(EVP_EncryptInit_ex(a->forth, EVP_aes_256_ecb(), NULL, key, NULL));
	must(EVP_DecryptInit_ex(a->back, EVP_aes_256_ecb(), NULL, key, NULL));
	must(EVP_CIPHER_CTX_set_padding(a->forth, 0));
	must(EVP_CIPHER_CTX_set_padding(a->back, 0));
	return a;
}

void
aes_free(struct aes *a)
{
	if (a == NULL)
		return;
	/* zeroes the key schedules */
	EVP_CIPHER_CTX_free(a->forth);
	EVP_CIPHER_CTX_free(a->back);
	free(a);
}

void
aes_encrypt(struct aes *a, const uint8_t in[AES_BLOCK_SIZE],
    uint8_t out[AES_BLOCK_SIZE])
{
	int n = 0;

	must(EVP_EncryptUpdate(a->forth, out, &n, in, AES_BLOCK_SIZE));
	must(n == AES_BLOCK_SIZE);
}

void
aes_encrypt_blocks(
    struct aes *a, const uint8_t *in, unsigned blocks, uint8_t *out)
{
	int n = 0, octets = (int)blocks * AES_BLOCK_SIZE;

	must(EVP_EncryptUpdate(a->forth, out, &n, in, octets));
	must(n == octets);
}

void
aes_decrypt(struct aes *a, const uint8_t in[AES_BLOCK_SIZE],
    uint8_t out[AES_BLOCK_SIZE])
{
	int n = 0;

	must(EVP_DecryptUpdate(a->back, out, &n, in, AES_BLOCK_SIZE));
	must(n == AES_BLOCK_SIZE);
}
