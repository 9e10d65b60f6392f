#ifndef AUTHORITY_ROOT_OFFLINE_H
#define AUTHORITY_ROOT_OFFLINE_H

#include "authority/issuer.h"
#include "ceremony/requests.h"
#include "ceremony/results.h"

/*
 * Roots whose key is on no machine: made at a ceremony, the first one
 * (init_offline.c) and each one after it.  Nothing else has a serial number of
 * a root that is yet to be made, so that those of its first indexes need not be
 * reserved: 0 its own, 1 the link from the old root's key to it, then its OCSP
 * signers' in the order of root_succession.ocsp_keys.
 */

/* What a root's certificate must be. */
struct root_wish {
	int64_t id;
	const char *country, *organisation;
	const char *algorithm; /* ""; else of its key */
};

/*
 * In the caller's transaction: a root that a ceremony made, judged, and into
 * the register.  The codes of ca_result.h.
 */
int root_offline_store(
    struct authority *, const struct root_wish *, struct span der);

/*
 * A successor is ordered of a root that is offline: from now on it is asked
 * for.  What it will be certified by the old root with is reserved.
 */
int root_offline_ask(struct authority *, struct issuer *old,
    enum key_kind algorithm, int64_t proposal);

/* What requests.json of a root that is yet to be made asks for: 1; 0 when none
 * of that number is; -1. */
int root_offline_requests(struct authority *, int64_t id, struct requests *);

/*
 * In the caller's transaction: the successor that a ceremony made, with its
 * links; the old root is retired.  *made: its number.  Its OCSP signers and its
 * CRL are the caller's to take, as any other's.  RESULT_NOT_ASKED_FOR: no
 * successor is.
 */
int root_offline_take(
    struct authority *, const struct results *, int64_t *made);

#endif
