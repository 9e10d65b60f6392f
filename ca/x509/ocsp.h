#ifndef X509_OCSP_H
#define X509_OCSP_H

#include <stdint.h>

#include "base/buf.h"

/*
 * OCSP as a client asks (RFC 6960), by OpenSSL: for whoever wants to know what
 * the world is told, by code that did not make it.  No nonce, so that caches
 * answer, too.
 */

/* The request for one certificate of that issuer, both DER; appended. */
int ocsp_request_write(struct span cert, struct span issuer, struct buf *);

enum ocsp_verdict { OCSP_IS_GOOD, OCSP_IS_REVOKED, OCSP_IS_UNKNOWN };

struct ocsp_told {
	enum ocsp_verdict verdict;
	int reason;   /* CRLReason; -1: none */
	int64_t when; /* of a revocation */
	int64_t this_update, next_update;
};

/*
 * What the response says of that certificate at that time: signed by the issuer
 * or by whom it has delegated that to, and in force.  ERR_BUSY when the
 * responder says that it cannot answer, ERR_DENIED for what is not to be
 * believed: another's signature, another certificate, a time that is over.
 */
int ocsp_response_read(struct span response, struct span cert,
    struct span issuer, int64_t now, struct ocsp_told *);

#endif
