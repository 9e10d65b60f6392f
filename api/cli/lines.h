#ifndef API_CLI_LINES_H
#define API_CLI_LINES_H

#include "api/cli/cli.h"

/*
 * A file of lines, most octets at most, to be taken apart at its newlines.
 * ERR_INPUT names the line that has a NUL in it: for C it would be the end, and
 * of what stands behind it nothing would be done, nor said.
 */
int lines_read(const char *path, size_t most, struct buf *);

/*
 * GET an NDJSON resource and visit each of its objects (borrowed); a visit
 * that returns -1 ends it.
 */
int lines_get(struct cli *, const char *path,
    int (*visit)(json_t *object, void *ctx), void *ctx);

/* GET it and put it as it comes on a descriptor. */
int lines_save(struct cli *, const char *path, const char *accept, int fd);

#endif
