#ifndef AUTHORITY_CA_KEY_H
#define AUTHORITY_CA_KEY_H

#include "authority/authority.h"

/*
 * Destroy the key of the CA that the approved proposal is about: ordered by
 * security, approved by a decider, both signatures checked.  It is on record
 * before the key goes; done again, it ends what a crash has interrupted.
 */
int ca_key_destroy(struct authority *, int64_t proposal);

#endif
