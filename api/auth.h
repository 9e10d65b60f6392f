#ifndef API_AUTH_H
#define API_AUTH_H

#include "api/route.h"

/*
 * Who calls.  nginx has verified the chain of the client's certificate up to
 * our root; that is not enough, since devices chain to it too.  A principal is
 * one whose certificate stands in the register octet for octet, is good, and
 * whose organisation is active.
 */

/*
 * For route_serve(): identify the caller, check its role, begin nothing.
 * 401 UNAUTHENTICATED, CERTIFICATE_NOT_REGISTERED, CERTIFICATE_REVOKED;
 * 403 PRINCIPAL_LOCKED, ORGANISATION_SUSPENDED, ROLE_NOT_ALLOWED.
 */
int auth_check(const struct route *, struct request *);

/* The DER certificate out of nginx's $ssl_client_escaped_cert; appended. */
int auth_certificate(const char *escaped, struct buf *der);

#endif
