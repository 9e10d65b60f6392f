#ifndef AUTHORITY_ORDER_H
#define AUTHORITY_ORDER_H

#include "authority/authority.h"
#include "authority/issuer.h"

/*
 * Orders other than lots: certificates for principals, and the ends of holds
 * and measures (authority/give_back.h).  Each is judged by what was signed for
 * it, then carried out, or failed with a sentence; one
 * that fails never keeps the others waiting.  *busy: there was one.
 */
int order_run(struct authority *, bool *busy);

/* What goes into an access certificate; handles, and the body's or the
 * supplier's country; and the statement that stores it for the subject, a
 * principal or the renewal of one. */
struct access_order {
	int64_t subject;
	const char *store;
	const char *handle, *organisation, *country, *role;
	struct span csr;
};

/*
 * Certify it and store the certificate in the principal's row.  The request's
 * form and proof of possession are checked here, the right to it isn't.  der
 * is appended to.
 */
int order_certify(
    struct authority *, const struct access_order *, struct buf *der);

#endif
