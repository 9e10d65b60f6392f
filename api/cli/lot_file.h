#ifndef API_CLI_LOT_FILE_H
#define API_CLI_LOT_FILE_H

#include "api/cli/cli.h"
#include "issue/manifest.h"

/*
 * A manifest made from a file of rows: the header, signed by the credential
 * --as, in front of the rows as they are.  h brings model, site and reference;
 * count, hash and time are filled in.  path, which is malloc'd, is a temporary
 * file for the caller to unlink.
 */
int lot_file_build(
    struct cli *, const char *rows, struct manifest_header *h, char **path);

#endif
