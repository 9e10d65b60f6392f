/*
 * Lists on their way into SQL: a parameter of type jsonb.
 */

#include <stdlib.h>

#include "api/array.h"

const char *
array_text(json_t *array, struct buf *buf)
{
	char *text;

	if (array == NULL) {
		buf_puts(buf, "[]");
		return buf_str(buf);
	}
	text = json_dumps(array, JSON_COMPACT);
	buf_puts(buf, text != NULL ? text : "[]");
	free(text);
	return buf_str(buf);
}

const char *
array_text_opt(json_t *array, struct buf *buf)
{
	return array != NULL ? array_text(array, buf) : NULL;
}
