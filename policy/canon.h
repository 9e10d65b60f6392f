#ifndef POLICY_CANON_H
#define POLICY_CANON_H

#include <jansson.h>

#include "base/buf.h"

/*
 * Canonical JSON, RFC 8785 (JCS): no white space, members sorted by the UTF-16
 * code units of their names, the shortest escapes.  Numbers are integers
 * within +-(2^53 - 1), which JavaScript and everybody else write alike;
 * fractions and larger ones are refused.
 *
 * Appends to buf; -1 with ERR_INPUT, and then nothing was appended.
 */
int canon_write(struct buf *, const json_t *);

/* A text with its quotes; it must be UTF-8. */
void canon_write_text(struct buf *, const char *);

#endif
