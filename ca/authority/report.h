#ifndef AUTHORITY_REPORT_H
#define AUTHORITY_REPORT_H

#include "authority/batch.h"

/*
 * Reports: lots of kind certificate, whose rows a delegated CA has issued.
 * Nothing of them is signed here; each is judged as if it were about to be,
 * and what is good goes into the register octet for octet.
 */

/*
 * The CA that the report is of, which the root has certified for that role and
 * which two people have agreed on for that model.  ERR_DENIED.
 */
struct issuer *report_issuer(struct authority *, const struct lot *);

/*
 * Refuse rows (each parsed) that are not this CA's, outside its arc of serial
 * numbers, no device's, of a weak key, or known already.  All but what it did
 * not sign, and what is known, is misissued.
 */
int report_judge(
    struct authority *, const struct lot *, struct row *rows, int n);

/* Refuse what lint (issue/lint.h) would not have let it sign. */
int report_lint(struct authority *, const struct lot *, struct batch *);

/* In the place of batch_build(): what is good, as it came. */
void report_fill(struct batch *);

/* In the caller's transaction: what the CA has revoked already, is. */
int report_catch_up(struct authority *, const struct range *);

/* In the caller's transaction, behind the refusals: an incident, if a row is
 * misissued. */
int report_store_misissued(
    struct authority *, const struct lot *, const struct row *rows, int n);

#endif
