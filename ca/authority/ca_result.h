#ifndef AUTHORITY_CA_RESULT_H
#define AUTHORITY_CA_RESULT_H

#include "authority/issuer.h"
#include "ceremony/results.h"

/*
 * What a root that is offline has signed, judged here, whoever brought it.
 * Certificates are told by their serial numbers: each must be asked for, and be
 * what was asked for to the octet where a profile leaves no choice.  A CRL must
 * be newer than the one before, and have every revocation of its time in it,
 *with its date and reason, and none else.  What is there already, octet for
 *octet, is passed over, and so is what was withdrawn since it was asked for.
 *
 * Whose results they are, root.cer says.  One that the register has not is the
 * successor that was asked for (root_offline.h), and comes with its links.
 *
 * Refusals: ERR_INPUT, ERR_DENIED or ERR_CONFLICT, with
 *	RESULT_NOT_ASKED_FOR	no request waits for that serial number
 *	RESULT_ANSWERED		that serial number has another certificate
 *				already: it was signed at two ceremonies
 *	RESULT_MISSING		of a new root, something of what makes it whole
 *	RESULT_DIFFERS		not what was asked for, or not well formed
 *	RESULT_SIGNATURE	the root of the register did not sign it
 *	RESULT_CRL_OLD		not newer than the published one, or over
 *	RESULT_CRL_DIFFERS	a revocation is missing, or one too many
 */

/* All or nothing; and what follows from it. */
int ca_result_take(
    struct authority *, const struct results *, struct buf *passed_over);
/* In the caller's transaction, without what follows.  passed_over gets the
 * names of requests that were withdrawn. */
int ca_result_store(
    struct authority *, const struct results *, struct buf *passed_over);

/* Of a new root, taken: has it answered all that was asked for together, and is
 * its CRL there?  RESULT_MISSING. */
int ca_result_whole(struct authority *, const struct results *, int64_t root);

/* That root's CRL alone, in the caller's transaction (ca_result_crl.c). */
int ca_result_crl(
    struct authority *, const struct issuer *root, struct span der);

/* The oldest import that waits: judged, and taken or refused.  *busy: there was
 * one. */
int ca_import_run(struct authority *, bool *busy);

/*
 * A certificate held against what it was to be: spec without dates, which are
 * its own within the profile's bounds.  issuer_key may be public.
 */
struct template_spec;
struct template_row;
int ca_result_check(struct authority *, struct span der, struct template_spec *,
    const struct template_row *, struct cert *);

#endif
