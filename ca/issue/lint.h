#ifndef ISSUE_LINT_H
#define ISSUE_LINT_H

#include "issue/profile.h"
#include "issue/template.h"
#include "x509/cert.h"

/*
 * A second pair of eyes: the finished DER, parsed anew, is held against what
 * was ordered.  Shares no code with the builder.
 *
 * 0, or -1 with ERR_INTERNAL, code LINT_..., and the sentence.  A certificate
 * that fails must never leave the authority.
 */
int lint_check(
    struct span der, const struct template_spec *, const struct template_row *);

#endif
