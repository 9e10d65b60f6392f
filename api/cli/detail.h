#ifndef API_CLI_DETAIL_H
#define API_CLI_DETAIL_H

#include "api/cli/cli.h"

/*
 * What cli_show() writes of a record: its plain members first, in an order for
 * people, then each object as lines and each list as a table under its name.
 * What is empty is left out.
 */
void cli_show_record(json_t *);

/* What that is made of: the members as they are; a list as a table. */
void cli_show_lines(json_t *);
void cli_show_table(json_t *rows, const char *columns);
/* The same members in an order for people; a new reference. */
json_t *cli_in_order(json_t *);
/* Absent, null, an empty list or an empty text. */
bool cli_is_nothing(const json_t *);

/*
 * cli_show() for a record, even if all that it has is one list.  The reference
 * is taken; NULL gives -1.
 */
int cli_show_parts(struct cli *, json_t *);

/* The same for what was proposed, and says who must do what next. */
int cli_show_proposed(struct cli *, json_t *, const char *subject);

#endif
