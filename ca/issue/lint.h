#ifndef ISSUE_LINT_H
#define ISSUE_LINT_H

#include "issue/profile.h"
#include "issue/template.h"
#include "x509/cert.h"

/*
 * A second pair of eyes: what is to be signed (TBSCertificate), parsed anew, is
 * held against what was ordered, against what its issuer may issue, and
 * against what a certificate of its kind must be whatever its profile says.
 * Shares no code with the builder, and comes before the signature.
 *
 * 0, or -1 with ERR_INTERNAL, code LINT_..., and the sentence.
 */
int lint_check(
    struct span tbs, const struct template_spec *, const struct template_row *);

/*
 * Afterwards: is the certificate that content, octet for octet, with a
 * signature of the issuer's form?
 */
int lint_check_signed(
    struct span der, struct span content, const struct key *issuer_key);

/* Was the last failure one of lint's? */
bool lint_has_failed(void);

#endif
