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
	const char *request_id, *purpose, *mode;
	const char *operator_nonce; /* or NULL */
	struct span challenge;	    /* empty in a precheck without one */
	/* SHA-256 of: the request's octets, the transcript; the leaves */
	struct span request, transcript, tre, platform;
	const char *consent; /* jti of one that holds, or NULL */
	int64_t event;	     /* last status event known */
	int64_t crl_number;  /* of the terminal's issuer; 0: none */
	const struct facts *facts;
	const struct verdict *verdict;
};

/* A new object; never NULL. */
json_t *receipt_claims(const struct receipt *);

#endif
