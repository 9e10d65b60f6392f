#ifndef API_CLI_BODY_H
#define API_CLI_BODY_H

#include "api/cli/cli.h"

/* The option's value as a member of the body, when the option was given. */
void body_put(
    json_t *body, struct cli *, const char *member, const char *option);

/* All values of one that repeats, as a list; none: no member. */
void body_put_all(
    json_t *body, struct cli *, const char *member, const char *option);

#endif
