#ifndef API_CLI_FETCH_H
#define API_CLI_FETCH_H

#include "api/cli/cli.h"

/*
 * What is for everybody, over plain HTTP: from --public-url, else as VAR's
 * assay.cnf says.  Appends the octets; ERR_ABSENT when there is nothing at
 * path, ERR_BUSY when there is no answer.  It is believed for its signature
 * and for nothing else.
 */
int fetch_public(struct cli *, const char *path, struct buf *);

/* The same at a whole address; with a body of that type it is a POST. */
int fetch_url(
    const char *url, const char *type, struct span body, struct buf *);

#endif
