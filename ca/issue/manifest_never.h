#ifndef ISSUE_MANIFEST_NEVER_H
#define ISSUE_MANIFEST_NEVER_H

#include "issue/manifest.h"

/*
 * What never enters (policy/never.h) refuses the whole manifest: a row that is
 * only faulty is kept as it came.  0, or -1 with SUBSCRIBER_DATA_REFUSED.
 */
int manifest_never_line(int line, struct span);
int manifest_never_row(int line, const struct manifest_row *);

#endif
