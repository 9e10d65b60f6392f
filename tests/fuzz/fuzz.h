#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/* What all targets say: it holds, or libFuzzer has found what it looked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static inline void
must(bool so)
{
	if (!so)
		abort();
}

/* What was read lies within what was sent. */
static inline void
within(struct span s, struct span all)
{
	must(s.n == 0 || (s.p >= all.p && s.p + s.n <= all.p + all.n));
}

#endif
