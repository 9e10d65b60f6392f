#ifndef AUTHORITY_KIT_H
#define AUTHORITY_KIT_H

#include "authority/authority.h"

/*
 * The offline kit (ca/kit/kit.h): a delta an hour, a full snapshot a day,
 * signed with the feed's key.
 */

/*
 * Make the next number if one is due, and store a snapshot that has become
 * ready: a thread builds it meanwhile, out of what one transaction has read.  A
 * failure is logged, not returned, and tried again after a rest: nothing else
 * waits for the kit.
 */
void kit_publish_due(struct authority *);

/* Wait for a snapshot that is being built, and drop it. */
void kit_forget(struct authority *);

#endif
