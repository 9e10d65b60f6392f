#ifndef KEY_MERKLE_H
#define KEY_MERKLE_H

#include "key/hash.h"

/*
 * Merkle trees of RFC 9162 section 2.1, with SHA-256: a leaf is the digest of
 * 0x00 and the octets, a node that of 0x01 and its two children; of n leaves
 * the first part has as many as the largest power of two below n.
 */

#define MERKLE_SIZE HASH_SIZE
#define MERKLE_DEEP 32 /* a path is never longer */

void merkle_leaf(struct span, uint8_t leaf[MERKLE_SIZE]);

/* All nodes of a tree: 64 octets a leaf. */
struct merkle;

/* leaves: MERKLE_SIZE octets each, n of them, one at least. */
struct merkle *merkle_new(const uint8_t *leaves, size_t n);
void merkle_free(struct merkle *);

void merkle_root(const struct merkle *, uint8_t root[MERKLE_SIZE]);

/*
 * The inclusion path of a leaf (section 2.1.3), from the leaf up; gives how
 * many hashes it has.
 */
size_t merkle_path(const struct merkle *, size_t index,
    uint8_t path[MERKLE_DEEP][MERKLE_SIZE]);

/*
 * Which root does a path lead to (section 2.1.3.2)?  -1 when no leaf of that
 * index in a tree of that size has a path of that length.
 */
int merkle_climb(const uint8_t leaf[MERKLE_SIZE], uint64_t index, uint64_t size,
    const uint8_t *path, size_t npath, uint8_t root[MERKLE_SIZE]);

#endif
