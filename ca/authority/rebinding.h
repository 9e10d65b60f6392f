#ifndef AUTHORITY_REBINDING_H
#define AUTHORITY_REBINDING_H

#include "authority/authority.h"
#include "authority/row.h"
#include "db/lot.h"

/*
 * A row whose terminal is registered already and goes on with another TrE, as
 * the approved rebinding of that number says ("" for all other rows): unless an
 * officer and a decider have truly signed that, the row is refused,
 * REBINDING_NOT_SIGNED.
 */
int rebinding_judge(struct authority *, const char *number, struct row *);

/*
 * In the caller's transaction, when the certificates are stored and before the
 * bindings: end the old bindings and certificates of these terminals (ids, an
 * array literal; "{}": none).
 */
int rebinding_done(struct authority *, const struct lot *, const char *ids);

#endif
