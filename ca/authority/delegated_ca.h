#ifndef AUTHORITY_DELEGATED_CA_H
#define AUTHORITY_DELEGATED_CA_H

#include "authority/authority.h"
#include "db/lot.h"

/*
 * Suppliers' own CAs.  What a row says of one counts for nothing: the supplier
 * signed for its key, and two deciders for the same key, role, site, models and
 * time.
 */

/* Carry out what was approved: have the root certify it.  ERR_DENIED. */
int delegated_ca_certify(struct authority *, int64_t proposal);

/* Was the CA of this report agreed on by two people, for its model? */
int delegated_ca_verify(struct authority *, const struct lot *);

/*
 * Take over, or refuse, one CRL that a supplier has handed over, if one waits
 * (delegated_crl.c).  *busy: there was.
 */
int delegated_crl_run(struct authority *, bool *busy);

#endif
