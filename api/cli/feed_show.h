#ifndef API_CLI_FEED_SHOW_H
#define API_CLI_FEED_SHOW_H

#include "api/cli/cli.h"
#include "registry/feed.h"

/* For people: what is accredited and in force, or --model with its reports. */
int feed_show(struct cli *, const struct feed *);

#endif
