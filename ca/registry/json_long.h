#ifndef REGISTRY_JSON_LONG_H
#define REGISTRY_JSON_LONG_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

/*
 * Certificates make nine tenths of a question, and jansson looks at each octet
 * of a text several times.  So it is shown the body with a short text instead
 * of each long one, which is read by whoever asks for it (fields_text_whole()).
 * No second reader: jansson judges all that makes it JSON, and where anything
 * at all is amiss, the caller lets it read the body as it came, to say what.
 */

#define JSON_LONG_MOST 8

struct json_long {
	struct buf json;		   /* what jansson is shown, */
	struct span texts[JSON_LONG_MOST]; /* and what it is not: of the body */
	size_t n;
};

/*
 * false: the body is to be read as it is.  Where a backslash is, a quote may be
 * no end of a text; and then nobody else can have written what stands for ours.
 */
bool json_long_take(struct json_long *, struct span body);
void json_long_free(struct json_long *);

/* What a text stands for; itself when for nothing. */
struct span json_long_text(const struct json_long *, const json_t *text);

#endif
