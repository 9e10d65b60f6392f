#ifndef AUTHORITY_FEED_H
#define AUTHORITY_FEED_H

#include "authority/authority.h"

/*
 * The status feed (policy/feed.md): numbered, signed with a key of the
 * authority's own, VAR/authority/feed.key, which is made when there is none
 * and certified by the access CA for thirty days at a time.
 */

/*
 * Make the next number if one is due.  Number, reports and publication are one
 * transaction: what crashes in between was never there.  A failure is logged,
 * not returned, and tried again after a rest: nothing else waits for the feed.
 */
void feed_publish_due(struct authority *);

/* Its key, which signs the offline kit as well, is at hand afterwards. */
int feed_ready_key(struct authority *);

void feed_forget(struct authority *);

#endif
