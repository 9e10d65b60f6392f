#ifndef API_AUTH_H
#define API_AUTH_H

#include "api/route.h"

/*
 * Who calls.  nginx has verified the chain of the client's certificate up to
 * our root; that is not enough, since devices chain to it too.  A principal is
 * one whose certificate stands in the register octet for octet, is good, and
 * whose organisation is active.
 *
 *	401	UNAUTHENTICATED		no certificate, or not passed by nginx
 *		CERTIFICATE_REFUSED	no chain to our root, expired, ...
 *		CERTIFICATE_NOT_REGISTERED, CERTIFICATE_REVOKED
 *	403	PRINCIPAL_NOT_ACTIVE, ORGANISATION_NOT_ACTIVE, ROLE_NOT_ALLOWED
 *	400	STATEMENT_*		(registry/statement.h), or none there
 */
extern const struct route_guard auth_guard;

/* The DER certificate out of nginx's $ssl_client_escaped_cert; appended. */
int auth_certificate(const char *escaped, struct buf *der);

/* The certificate that the TLS client has shown and nginx verified, whoever's
 * it is; appended, DER. */
int auth_client(struct request *, struct buf *der);
/* Its SHA-256, which is remembered by what nginx says that it is known by. */
int auth_client_sha256(struct request *, uint8_t sha256[32]);

/* Of auth_guard, for tests: who calls, and does the route take its role? */
int auth_caller(const struct route *, struct request *);

#endif
