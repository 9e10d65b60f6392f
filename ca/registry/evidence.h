#ifndef REGISTRY_EVIDENCE_H
#define REGISTRY_EVIDENCE_H

#include <stdint.h>

#include "key/hash.h"
#include "registry/instance.h"

/*
 * The octets of evidence: one file each under VAR/evidence, named by its
 * SHA-256 (FIPS 180-4), ab/abcdef...; what it is, whose, and who accepted it
 * stands in the database.  A file appears whole, durable and right, or not at
 * all, and is never changed: the name proves the content for ever.
 */

#define EVIDENCE_MAX (256 * 1024 * 1024)

/*
 * Copy what fd holds from its position on into the store.  *size gets its
 * length, *media_type a static text: the type without parameters.
 *
 * ERR_INPUT: EVIDENCE_EMPTY, EVIDENCE_TOO_LARGE, EVIDENCE_HASH_MISMATCH (the
 * octets that came are not those that were named), EVIDENCE_TYPE_UNKNOWN,
 * EVIDENCE_TYPE_MISMATCH (registry/evidence_type.h), SUBSCRIBER_DATA_REFUSED
 * (policy/never.h; what is compressed in it is not seen).  Nothing is left
 * behind then.  The same content twice is one.
 */
int evidence_put(const struct instance *, int fd,
    const uint8_t sha256[HASH_SIZE], const char **media_type, uint64_t *size);

/*
 * Remove what somebody who was killed has left half-way: temporaries that
 * nobody has written to for an hour.
 */
void evidence_sweep(const struct instance *);

/*
 * The file, open for reading, or -1: ERR_INTERNAL when it is not there, since
 * whoever asks has seen it in the database.
 */
int evidence_get(const struct instance *, const uint8_t sha256[HASH_SIZE]);

#endif
