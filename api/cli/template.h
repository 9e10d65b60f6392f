#ifndef API_CLI_TEMPLATE_H
#define API_CLI_TEMPLATE_H

#include "base/buf.h"

/* What stands for @NAME@ in a template; NULL name ends the list. */
struct template_value {
	const char *name;
	const char *value;
};

/*
 * Append the text with each @NAME@ (capitals and _) replaced.  ERR_INPUT for a
 * name that is not in the list.
 */
int template_fill(
    struct span text, const struct template_value *, struct buf *out);

/* The same from file to file (0600). */
int template_write(
    const char *from, const struct template_value *, const char *to);

#endif
