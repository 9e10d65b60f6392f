#ifndef UNIT_API_FIND_HANDLER_H
#define UNIT_API_FIND_HANDLER_H

#include <string.h>

#include "api/route.h"

/* The route of that table for that method and template. */
static const struct route *
find(const struct route *table, enum method method, const char *path)
{
	for (; table->path != NULL; table++)
		if (table->method == method && strcmp(table->path, path) == 0)
			return table;
	fail_msg("no route %s", path);
	return NULL;
}

#endif
