#ifndef ISSUE_SERIAL_H
#define ISSUE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Serial numbers: 0x01, then AES-256 of (issuer, u32) (index, u48) (six zero
 * octets), all big-endian.  17 octets: positive, below 2^159, unique by
 * construction and not to be guessed (RFC 5280 section 4.1.2.2, CA/Browser
 * Forum BR 7.1).  Read backwards they give the certificate's index in its
 * issuer, or prove that the serial was never issued.
 */

#define SERIAL_SIZE	 17
#define SERIAL_ARC_SIZE	 5
#define SERIAL_INDEX_MAX ((UINT64_C(1) << 48) - 1)

struct serial_key;

/* 32 octets in a file that only its owner can read (0600, 0400). */
struct serial_key *serial_key_load(const char *path);
struct serial_key *serial_key_new(const uint8_t key[32]);
/* A new random one; ERR_CONFLICT when the file exists. */
int serial_key_create(const char *path);
void serial_key_free(struct serial_key *);

void serial_make(struct serial_key *, uint32_t issuer, uint64_t index,
    uint8_t serial[SERIAL_SIZE]);

/*
 * The octets behind the first one of several serial numbers in a row, 16 each;
 * SERIAL_MANY at most.
 */
#define SERIAL_MANY 512
void serial_make_many(struct serial_key *, uint32_t issuer, uint64_t index,
    unsigned n, uint8_t *octets);

/*
 * 0 and whose it is; -1 with ERR_ABSENT when no serial of ours can look like
 * this.  That the index was ever used is not for this file to say.
 */
int serial_open(
    struct serial_key *, struct span serial, uint32_t *issuer, uint64_t *index);

/*
 * The arc of a delegated CA: 0x02, then its issuer id (u32); behind it stand
 * twelve octets of its supplier's own choice.  So a serial of it has 17 octets,
 * too, tells its issuer, and is none of ours nor of another delegated CA.
 */
void serial_arc(uint32_t issuer, uint8_t arc[SERIAL_ARC_SIZE]);
bool serial_is_in_arc(struct span serial, uint32_t issuer);

#endif
