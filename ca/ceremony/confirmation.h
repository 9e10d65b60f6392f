#ifndef CEREMONY_CONFIRMATION_H
#define CEREMONY_CONFIRMATION_H

#include "ceremony/ceremony.h"

/*
 * A custodian's word: a compact JWS with the header {"alg", "typ":
 * "assay-ceremony+jws"} and the payload
 *
 *	{"ceremony":"<digest>","custodian":"<name>","iat":<seconds>}
 */
#define CONFIRMATION_TYP "assay-ceremony+jws"
#define CONFIRMATION_MAX 8192 /* octets; ML-DSA-65 */

/* Appends it.  CONFIRMATION_STRANGER, ERR_DENIED: the script names no custodian
 * with that key.  ROOT_KEY_MISSING: the new root has none yet. */
int confirmation_build(
    const struct ceremony *, const struct key *, int64_t now, struct buf *);

/*
 * Whose is it, by number in the script?
 *
 *	CONFIRMATION_MALFORMED	ERR_INPUT
 *	CONFIRMATION_STRANGER	ERR_DENIED: of none of the custodians
 *	CONFIRMATION_SIGNATURE	not signed with that custodian's key
 *	CONFIRMATION_OTHER	of another ceremony
 */
int confirmation_verify(const struct ceremony *, struct span, size_t *who);

/* Are n confirmations of as many different custodians as are needed?  As above,
 * or CONFIRMATION_TWICE, CONFIRMATIONS_MISSING. */
int confirmations_judge(
    const struct ceremony *, const struct buf *confirmations, size_t n);

#endif
