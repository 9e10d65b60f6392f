#ifndef API_CLI_LIST_H
#define API_CLI_LIST_H

#include "api/cli/cli.h"

/* --state and --before: of every list that the server gives in pieces. */
extern const struct cli_option list_options[];

/* The list at path, as these options ask for it; like cli_get(). */
json_t *list_get(struct cli *, const char *path);

#endif
