#ifndef REVOKE_OCSP_REQUEST_H
#define REVOKE_OCSP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * OCSP requests, RFC 6960 section 4.1, read strictly.  Signatures of requests
 * are allowed and not looked at: anybody may ask.
 */

#define OCSP_REQUEST_MAX 16384 /* octets */
#define OCSP_CERTS_MAX	 64    /* in one request */
#define OCSP_NONCE_MAX	 128   /* RFC 9654 section 2.1 */

enum ocsp_hash { OCSP_SHA1, OCSP_SHA256, OCSP_OTHER_HASH };

/* CertID, RFC 6960 section 4.1.1. */
struct ocsp_cert_id {
	struct span whole; /* to be echoed */
	enum ocsp_hash hash;
	struct span name_hash;
	struct span key_hash;
	struct span serial; /* magnitude */
};

struct ocsp_request {
	struct ocsp_cert_id certs[OCSP_CERTS_MAX];
	size_t n;
	struct span nonce; /* the extension's value; none: empty */
	bool more;	   /* there was something else, which was passed over */
};

/*
 * The struct borrows from the input.  ERR_INPUT whose sentence cites the rule:
 * to be answered with malformedRequest (section 2.3).
 */
int ocsp_request_parse(struct span, struct ocsp_request *);

#endif
