#ifndef AUTHORITY_GIVE_BACK_H
#define AUTHORITY_GIVE_BACK_H

#include "authority/authority.h"

/*
 * Carry out an approved proposal that gives trust back to devices: a measure
 * is lifted, a certificate released from its hold.  Only if two people of the
 * roles for it signed it since the trust was taken away; else ERR_DENIED.  A
 * proposal that was carried out, or overtaken, is ERR_CONFLICT.
 */
int give_back(struct authority *, int64_t proposal);

#endif
