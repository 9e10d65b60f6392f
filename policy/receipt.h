#ifndef POLICY_RECEIPT_H
#define POLICY_RECEIPT_H

#include <jansson.h>

#include "base/buf.h"
#include "policy/decide.h"

/*
 * The claims of a receipt: what an operator keeps to show, years later, why it
 * did what it did.  An entity attestation token (RFC 9711) in the shape of the
 * RATS attestation result for secure interactions (ear.*), with our decision
 * beside it.
 */

#define RECEIPT_TYPE	"eat+jwt" /* typ, RFC 9782 */
#define RECEIPT_SECONDS 600 /* to act on it; as evidence it does not end */

struct receipt {
	const char *issuer;   /* URL of this system */
	const char *operator; /* aud: the operator's handle */
	const char *id;	      /* jti: UUID of the decision */
	int64_t now;
	const char *request_id; /* or NULL: of a batch */
	const char *purpose, *mode;
	const char *detail;	    /* or NULL: why an item could not be read */
	const char *operator_nonce; /* or NULL */
	struct span challenge;	    /* empty in a precheck without one */
	/* SHA-256 of: the request's octets, the transcript; the leaves */
	struct span request, transcript, tre, platform;
	const char *consent;	  /* jti of one that holds, or NULL */
	int64_t event;		  /* last status event known */
	struct span event_sha256; /* of the status log up to it */
	int64_t crl_number;	  /* of the terminal's issuer; 0: none */
	const struct facts *facts;
	const struct verdict *verdict;
};

/* Append the claims. */
void receipt_write_claims(struct buf *, const struct receipt *);

/*
 * Append what is said of one item of a batch, in canonical form (canon.h): a
 * leaf of the tree whose root the batch's receipt has.
 */
void receipt_write_item(
    struct buf *, const struct receipt *, const char *batch, int index);
/* Say another verdict of it, one that no longer rests on what was shown. */
void receipt_item_judge(json_t *item, const struct verdict *);

struct receipt_batch {
	const char *issuer, *operator;
	const char *batch; /* jti: the operator's UUID for it */
	int64_t now, received;
	const char *purpose;
	int size, permit, refuse, indeterminate;
	struct span root;    /* of the tree of items (RFC 9162) */
	struct span request; /* SHA-256 of all that was sent */
	int64_t event;
	struct span event_sha256;
	const struct operator_policy *policy;
};

json_t *receipt_batch_claims(const struct receipt_batch *);

/* What the history says of a subject; takes the reference. */
json_t *receipt_standing_claims(const char *issuer, const char *audience,
    const char *id, int64_t now, json_t *standing);

#endif
