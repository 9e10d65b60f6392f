#ifndef API_SIGNED_HEADER_H
#define API_SIGNED_HEADER_H

#include "api/request.h"
#include "key/jws.h"

/*
 * The header of a lot, signed by the caller's own key: a compact JWS of that
 * typ that names the certificate which the caller shows.  0 and the verified
 * JWS (jws_free(), in any case), or -1: MANIFEST_HEADER, MANIFEST_SIGNER,
 * MANIFEST_SIGNATURE.
 */
int signed_header(const struct request *, struct span text, size_t most,
    const char *typ, struct jws *);

#endif
