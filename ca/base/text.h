#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/*
 * Text that others wrote, shown to people.  A terminal obeys control
 * characters, those of ISO/IEC 6429 in UTF-8, too; and what turns the direction
 * of writing round (UAX #9), or ends a line, makes one thing look like another.
 * Text in Hebrew or Arabic needs none of these.
 */

/* Has it none of them? */
bool text_is_plain(struct span);

/* A blank for each octet of them, but for the newlines that it may have. */
void text_make_plain(char *, size_t, bool newlines);

/* Is it like a code of base/err.h? */
bool text_is_code(const char *);

/* What this thread failed with last (base/err.h), like that; until the next. */
const char *text_of_err(bool newlines);

/* "a|b|c" as people say it: a, b or c. */
void text_words(struct buf *, const char *words);

/* "s" behind a noun of which there are that many, or nothing. */
const char *text_s(unsigned long long n);

#endif
