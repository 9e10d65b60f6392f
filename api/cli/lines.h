#ifndef API_CLI_LINES_H
#define API_CLI_LINES_H

#include "api/cli/cli.h"

/*
 * GET an NDJSON resource and visit each of its objects (borrowed); a visit
 * that returns -1 ends it.
 */
int lines_get(struct cli *, const char *path,
    int (*visit)(json_t *object, void *ctx), void *ctx);

/* GET it and put it as it comes on a descriptor. */
int lines_save(struct cli *, const char *path, const char *accept, int fd);

#endif
