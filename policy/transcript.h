#ifndef POLICY_TRANSCRIPT_H
#define POLICY_TRANSCRIPT_H

#include <jansson.h>

#include "base/buf.h"

/*
 * What both device keys sign, so that they are shown to be together, now.
 * transcript.md gives the octets one by one, with vectors.
 */
struct transcript {
	struct span challenge; /* 32 octets */
	const char *operator;  /* its handle, 1 to 255 octets, likewise: */
	const char *purpose;
	const char *mode;
	struct span tre_sha256; /* of the leaf's DER; empty when not shown */
	struct span platform_sha256;
	struct span context_sha256; /* of transcript_context()'s octets */
};

/*
 * The canonical JSON of what the device claims about itself and this moment:
 * an object of those of claims, device, operator_nonce, signed_at and
 * validation that are there (not NULL).
 */
int transcript_context(struct buf *, json_t *claims, json_t *device,
    const char *operator_nonce, const char *signed_at, const char *validation);

/* Append the octets to sign.  -1 with ERR_INPUT when a part has a wrong size.
 */
int transcript_write(struct buf *, const struct transcript *);

#endif
