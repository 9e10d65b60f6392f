#ifndef AUTHORITY_ACCREDITATION_H
#define AUTHORITY_ACCREDITATION_H

#include "authority/authority.h"
#include "db/lot.h"

/*
 * Is this lot's model truly accredited, judged by what people signed and not
 * by what rows say?  Its CoC, and the CoCs of what it consists of, must each
 * have been proposed and approved by two deciders, for these terms; one that
 * was suspended since must have been reinstated by two.  So must the supplier
 * and the site, the supplier must have been let in by two, and the lot be from
 * the site that the CoC names.  Whoever signed the lot's header did so with a
 * key that nobody else is known to have.
 * 0, or -1 with ERR_DENIED and a sentence.
 */
int accreditation_verify(struct authority *, const struct lot *);

/*
 * What a supplier's right stands on beside CoCs: each row of the statement, by
 * lot or delegated CA, an act that two people signed.  ERR_DENIED.
 */
int accreditation_verify_standing(
    struct authority *, const char *statement, int64_t id);

/*
 * Is the lot's header signed by a supplier of the lot's organisation, and does
 * it say what the lot's row says?  Whoever signed might when the lot came, and
 * has not been taken that since, but by a renewal.  ERR_DENIED or ERR_INPUT.
 */
int accreditation_verify_header(struct authority *, const struct lot *);

/*
 * Is it so still, where nobody who has signed it since counts but for a key
 * that turned out to be known to others?  Who is denied this is denied it for
 * ever.
 */
int accreditation_verify_signed(struct authority *, const struct lot *);

#endif
