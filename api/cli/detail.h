#ifndef API_CLI_DETAIL_H
#define API_CLI_DETAIL_H

#include "api/cli/cli.h"

/*
 * Like cli_show() for a record that has parts: its plain members first, then
 * each object as a record and each list as a table under its name.  Empty
 * parts are left out.  The reference is taken; NULL gives -1.
 */
int cli_show_parts(struct cli *, json_t *);

/* The same for what was proposed, and says who must do what next. */
int cli_show_proposed(struct cli *, json_t *, const char *subject);

#endif
