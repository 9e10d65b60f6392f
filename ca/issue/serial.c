/*
 * Serial numbers are encrypted indexes.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "issue/serial.h"
#include "key/aes.h"
#include "key/hash.h"
#include "key/private.h"

#define FIRST_OCTET	0x01 /* keeps it positive and always 17 octets */
#define DELEGATED_OCTET 0x02

struct serial_key {
	struct aes *aes;
};

struct serial_key *
serial_key_new(const uint8_t key[32])
{
	struct serial_key *k = xcalloc(1, sizeof(*k));

	k->aes = aes_new(key);
	return k;
}

struct serial_key *
serial_key_load(const char *path)
{
	struct buf octets = BUF_EMPTY;
	struct serial_key *k = NULL;

	if (private_read(path, AES_KEY_SIZE, &octets) == -1)
		goto out;
	if (octets.n != AES_KEY_SIZE) {
		err_set(ERR_INPUT, "%s must have 32 octets", path);
		goto out;
	}
	k = serial_key_new(octets.p);
out:
	buf_wipe(&octets);
	return k;
}

int
serial_key_create(const char *path)
{
	struct buf octets = BUF_EMPTY;
	int rc;

	hash_random(buf_reserve(&octets, AES_KEY_SIZE), AES_KEY_SIZE);
	octets.n = AES_KEY_SIZE;
	rc = io_create_file(path, 0600, buf_span(&octets));
	buf_wipe(&octets);
	return rc;
}

void
serial_key_free(struct serial_key *k)
{
	if (k == NULL)
		return;
	aes_free(k->aes);
	free(k);
}

static void
write_block(uint8_t block[AES_BLOCK_SIZE], uint32_t issuer, uint64_t index)
{
	if (index > SERIAL_INDEX_MAX)
		abort(); /* the database's CHECK forbids it */
	memset(block, 0, AES_BLOCK_SIZE);
	for (int i = 3; i >= 0; i--, issuer >>= 8)
		block[i] = (uint8_t)issuer;
	for (int i = 9; i >= 4; i--, index >>= 8)
		block[i] = (uint8_t)index;
}

void
serial_make(struct serial_key *k, uint32_t issuer, uint64_t index,
    uint8_t serial[SERIAL_SIZE])
{
	uint8_t block[AES_BLOCK_SIZE];

	write_block(block, issuer, index);
	serial[0] = FIRST_OCTET;
	aes_encrypt(k->aes, block, serial + 1);
}

void
serial_make_many(struct serial_key *k, uint32_t issuer, uint64_t index,
    unsigned n, uint8_t *octets)
{
	uint8_t blocks[SERIAL_MANY * AES_BLOCK_SIZE];
	unsigned i;

	if (n > SERIAL_MANY)
		abort();
	for (i = 0; i < n; i++)
		write_block(
		    blocks + (size_t)i * AES_BLOCK_SIZE, issuer, index + i);
	aes_encrypt_blocks(k->aes, blocks, n, octets);
}

int
serial_open(
    struct serial_key *k, struct span serial, uint32_t *issuer, uint64_t *index)
{
	static const uint8_t zeroes[6];
	uint8_t block[AES_BLOCK_SIZE];

	if (serial.n != SERIAL_SIZE || serial.p[0] != FIRST_OCTET)
		goto never;
	aes_decrypt(k->aes, serial.p + 1, block);
	if (memcmp(block + 10, zeroes, sizeof(zeroes)) != 0)
		goto never;
	*issuer = 0;
	*index = 0;
	for (int i = 0; i < 4; i++)
		*issuer = *issuer << 8 | block[i];
	for (int i = 4; i < 10; i++)
		*index = *index << 8 | block[i];
	return 0;
never:
	return err_set(ERR_ABSENT, "this serial number was never issued");
}

void
serial_arc(uint32_t issuer, uint8_t arc[SERIAL_ARC_SIZE])
{
	arc[0] = DELEGATED_OCTET;
	for (int i = 4; i >= 1; i--, issuer >>= 8)
		arc[i] = (uint8_t)issuer;
}

bool
serial_is_in_arc(struct span serial, uint32_t issuer)
{
	uint8_t arc[SERIAL_ARC_SIZE];

	serial_arc(issuer, arc);
	return serial.n == SERIAL_SIZE &&
	    memcmp(serial.p, arc, SERIAL_ARC_SIZE) == 0;
}
