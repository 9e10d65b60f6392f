#ifndef AUTHORITY_ORDER_INSIDE_H
#define AUTHORITY_ORDER_INSIDE_H

#include "authority/authority.h"

/* A row of the statement order_principal; order_renewal has more. */
enum {
	HANDLE,
	ROLE,
	STATE,
	CSR,
	ORG,
	ORG_NAME,
	COUNTRY,
	KIND,
	ORG_STATE,
	DONE,
	ASKED_WITH = DONE + 2, /* the certificate of whoever renews */
	ASKED_STATE,
	RENEWAL_STATE
};

/*
 * May this principal have the certificate that is ordered?  By an officer's
 * signed request, and where it can act a decider's approval; or, of a renewal,
 * by what its own key of before has signed.  ERR_DENIED.
 */
int order_may_certify(struct authority *, struct db_rows *, int64_t statement);
int order_may_renew(struct authority *, struct db_rows *, int64_t statement);

#endif
