#ifndef API_CLI_ARC_H
#define API_CLI_ARC_H

#include "api/cli/cli.h"

/*
 * Under which arc this PKI's own object identifiers hang: --oid-arc where the
 * command has it, else what VAR/assay.cnf says, else the default.  For commands
 * that read certificates.
 */
int arc_set(const struct cli *);

#endif
