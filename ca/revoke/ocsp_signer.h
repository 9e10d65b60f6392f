#ifndef REVOKE_OCSP_SIGNER_H
#define REVOKE_OCSP_SIGNER_H

#include <stdint.h>

#include "base/buf.h"
#include "revoke/ocsp_request.h"

struct key;
struct status;

/*
 * The delegated key of this host and, for each issuer that has certified it,
 * the certificate (RFC 6960 section 4.2.2.2) and the issuer's hashes, by which
 * requests name it.
 */
struct ocsp_issuer {
	uint32_t id;
	uint8_t name_hash[2][32]; /* by enum ocsp_hash */
	uint8_t key_hash[2][32];
	struct buf cert; /* ours by this issuer, DER */
	int64_t not_before, not_after;
};

struct ocsp_signer {
	struct key *key;
	uint8_t key_hash[20]; /* ResponderID byKey, section 4.2.1 */
	struct ocsp_issuer *issuers;
	size_t n;
};

/* The private key's file; ERR_ABSENT, ERR_DENIED and so on from key_load(). */
struct ocsp_signer *ocsp_signer_open(const char *key_path);
void ocsp_signer_free(struct ocsp_signer *);

/*
 * Add an issuer, or replace what is known of it.  ERR_DENIED unless the
 * certificate is of our key, by this issuer's name and signature, for OCSP
 * signing, with id-pkix-ocsp-nocheck.
 */
int ocsp_signer_add(struct ocsp_signer *, uint32_t id, struct span issuer_cert,
    struct span cert);

/*
 * Read VAR/status/ocsp/ID.der and VAR/public/ca/ID.cer of every issuer that
 * the index knows; what is missing or wrong is logged and left as it was.
 */
void ocsp_signer_load(
    struct ocsp_signer *, const char *var, struct status *index);

/* NULL: no issuer of ours. */
const struct ocsp_issuer *ocsp_signer_find(
    const struct ocsp_signer *, const struct ocsp_cert_id *);

#endif
