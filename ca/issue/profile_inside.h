#ifndef ISSUE_PROFILE_INSIDE_H
#define ISSUE_PROFILE_INSIDE_H

/* For the files profile*.c only. */

#include "issue/profile.h"

/* NULL, or the rule of the design that it breaks. */
const char *profile_breach(const struct profile *);

/* One setting of the file, for conf_each(): the last is a struct profile. */
int profile_set(const char *name, const char *value, void *profile);

#endif
