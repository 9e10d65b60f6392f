#ifndef UNIT_POLICY_NEVER_VALUES_H
#define UNIT_POLICY_NEVER_VALUES_H

/* What tests of what never enters are made of. */

#include "tests/unit/test.h"

#include "policy/never.h"

#define KI   "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define IMSI "262011234567890"

static inline enum never
text(const char *s)
{
	return never_text(span_str(s));
}

#endif
