#ifndef REGISTRY_RECEIPT_H
#define REGISTRY_RECEIPT_H

#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "key/jws.h"

/*
 * Receipts as whoever holds one sees them: verified without us, years later.
 *
 * A receipt is a JWS (RFC 7515, compact, ES256) whose protected header is
 * exactly {"alg":"ES256","typ":"eat+jwt","x5t#S256":...} and whose payload is
 * what policy/receipt.h says.  The header names the certificate of its signer,
 * one for receipt signing, issued by the access CA.  exp ends the leave to act
 * on it; as evidence it does not end, so everything is judged as of iat.
 *
 * A bundle proves one to whoever has no more than the root:
 *
 *	{"receipt": JWS, "signer": [SIGNER, ISSUER], "crl": CRL,
 *	 "root_crl": CRL}
 *
 * and, of one item of a batch, "item" and "path": what is said of it, and the
 * hashes that lead from it to the root in the receipt (RFC 9162 section 2.1.3).
 * Where a TSA has stamped it there is "timestamp": {"token", "index", "size",
 * "path"}: a token (RFC 3161) over the root of a tree of receipts.
 * Certificates, CRLs and tokens are base64 of DER.  crl is of the signer's
 *issuer and tells of the signer; root_crl, which may be null or missing, tells
 *of the issuer.
 */

#define RECEIPT_MAX	   32768 /* octets of the JWS */
#define RECEIPT_BUNDLE_MAX (8 * 1024 * 1024)

struct receipt_text {
	struct jws jws;
	json_t *claims; /* the payload */
	int64_t iat, exp;
	/* borrowed from claims, or from the item of a bundle */
	const char *issuer, *audience, *id;
	const char *verdict, *purpose, *mode; /* of a batch: purpose alone */
	json_t *decision;		      /* or NULL: of a batch */
	json_t *batch;			      /* or NULL */
	json_t *standing; /* or NULL: what was so of a subject, no decision */
	int64_t size;	  /* of the batch */
	uint8_t root[32]; /* of the tree of its items */
	char signer[44];  /* x5t#S256: which certificate signed it */
};

/*
 * Read one; text must outlive it.  ERR_INPUT, code RECEIPT_MALFORMED.  Free in
 * either case.
 */
int receipt_text_parse(struct span text, struct receipt_text *);
void receipt_text_free(struct receipt_text *);

/*
 * Does it hold: is it signed by that signer, and was that a receipt signer
 * under this issuer and root (each DER) at iat?
 *
 *	RECEIPT_SIGNATURE	ERR_DENIED: altered, or signed by another key
 *	RECEIPT_SIGNER		ERR_DENIED: no receipt signer of this PKI
 */
int receipt_text_verify(const struct receipt_text *, struct span signer,
    struct span issuer, struct span root);

struct receipt_bundle {
	struct buf text; /* the JWS */
	struct receipt_text receipt;
	struct buf signer, issuer;
	struct buf crl, root_crl; /* empty: not there */
	json_t *item;		  /* of a batch; or NULL */
	int64_t index;
	struct buf path; /* 32 octets each */
	/* a token over the root of a tree of receipts, this one's place in it
	 */
	struct buf stamp, stamp_path; /* empty: not there */
	int64_t stamp_index, stamp_size;
	struct span tsa; /* the caller's: CAs of TSAs to believe, PEM */
};

/* ERR_INPUT, code RECEIPT_MALFORMED.  Free in either case. */
int receipt_bundle_parse(struct span json, struct receipt_bundle *);
void receipt_bundle_free(struct receipt_bundle *);
/*
 * What a batch's receipt, which is parsed, says of one item; the decision is
 * that item's from then on.  ERR_INPUT, code RECEIPT_MALFORMED.
 */
int receipt_bundle_item(
    struct receipt_bundle *, const json_t *item, const json_t *path);
/* Hashes in hex, appended, 32 octets each.  ERR_INPUT, RECEIPT_MALFORMED. */
int receipt_path_parse(const json_t *path, struct buf *);
/*
 * Is that item, octet for octet in canonical form, the leaf of that index in
 * the tree of a batch's receipt?  ERR_DENIED, RECEIPT_PATH; RECEIPT_MALFORMED.
 */
int receipt_item_verify(const struct receipt_text *, const json_t *item,
    int64_t index, struct span path);
/* Append it as JSON; of .receipt nothing is looked at. */
void receipt_bundle_write(const struct receipt_bundle *, struct buf *);

/* When the two certificates were known to be good: thisUpdate of the CRLs. */
struct receipt_proof {
	int64_t signer_good_at;
	int64_t issuer_good_at; /* 0: the bundle does not tell */
	int64_t stamped_at;	/* 0: nobody who is believed says so */
};

/*
 * receipt_text_verify(), and the status of the two certificates from CRLs that
 * their issuers signed and that had not ended at iat.
 *
 *	RECEIPT_SIGNER_REVOKED	ERR_DENIED: revoked before iat, or because the
 *				key was compromised, whenever that was known,
 *				unless a time-stamp is older than that
 *	RECEIPT_TIMESTAMP	ERR_DENIED: it is not of this receipt, or by
 *none of the TSAs to believe, or older than iat RECEIPT_STATUS
 *ERR_DENIED: no CRL, or not one that tells
 *	RECEIPT_PATH		ERR_DENIED: the item is none of that batch
 */
int receipt_bundle_verify(
    const struct receipt_bundle *, struct span root, struct receipt_proof *);

#endif
