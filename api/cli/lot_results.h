#ifndef API_CLI_LOT_RESULTS_H
#define API_CLI_LOT_RESULTS_H

#include "api/cli/cli.h"

/* assay lot results: in flat memory, however many rows the lot has. */
int lot_results(struct cli *);

#endif
