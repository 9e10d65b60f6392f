#ifndef POLICY_FIRMWARE_H
#define POLICY_FIRMWARE_H

#include <stdbool.h>

/*
 * Versions of firmware: one to eight numbers with dots between them, compared
 * number by number; what is missing at the end counts as 0, so 1.2 is 1.2.0.
 * Anything else is no version, and no comparison with it holds.
 */

#define FIRMWARE_MAX 32 /* octets */

bool firmware_valid(const char *);

/* Is a at least b?  False when one of them is no version. */
bool firmware_at_least(const char *a, const char *b);

#endif
