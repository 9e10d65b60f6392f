#ifndef CLI_STATUS_CHECK_H
#define CLI_STATUS_CHECK_H

#include <jansson.h>

#include "api/cli/channel.h"
#include "api/cli/cli.h"

/*
 * One comparison of what the register says with what the channels tell the
 * world.
 */
struct check {
	struct cli *cli;
	struct channels *channels;
	json_t *issuers; /* certificates in base64, by id */
	json_t
	    *differs; /* rows: serial, channel, register, told, since, delay */
	bool no_crls; /* this time */
	size_t certificates, measures;
	size_t within, beyond; /* its allowed delay */
	/* of the newest change that each channel shows: seconds, at the most */
	double seen[CHANNELS];
	int64_t newest[CHANNELS];
};

void check_open(struct check *, struct cli *);
void check_free(struct check *);

/* What GET /v1/status/check answered; -1 only if that makes no sense. */
int check_page(struct check *, const json_t *page);
/* The newest feed against the measures of that answer. */
void check_feed(struct check *, const json_t *page);

#endif
