#ifndef API_ARRAY_H
#define API_ARRAY_H

#include <jansson.h>

#include "base/buf.h"

/*
 * A JSON array of texts as SQL takes it, appended to buf: its text, which
 * lives there.  NULL is the empty array.
 */
const char *array_text(json_t *array, struct buf *);

/* The same; NULL stays NULL. */
const char *array_text_opt(json_t *array, struct buf *);

#endif
