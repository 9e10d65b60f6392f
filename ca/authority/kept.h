#ifndef AUTHORITY_KEPT_H
#define AUTHORITY_KEPT_H

#include "authority/authority.h"
#include "issue/template_cut.h"

/*
 * The id of the template in the register that certificates cut like this one,
 * and so of that CoC, whose number is in them, have in common; it is stored
 * when it is the first of its kind.  Whoever does so in a transaction that
 * fails forgets all that is remembered here.
 */
int kept_template(struct authority *, int64_t coc, const struct template *,
    const struct template_cut *, struct span content, int64_t *id);
void kept_forget(struct authority *);

#endif
