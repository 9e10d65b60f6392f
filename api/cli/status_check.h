#ifndef CLI_STATUS_CHECK_H
#define CLI_STATUS_CHECK_H

#include <stdbool.h>

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
	struct kit_chain *kit;
	int64_t kit_event; /* up to which it knows; -1: it was not fetched */
	json_t *issuers;   /* certificates in base64, by id */
	json_t
	    *differs; /* rows: subject, channel, register, told, since, delay */
	unsigned asked; /* 1 << enum channel */
	int64_t time;	/* the register's, of the last page */
	size_t certificates, measures;
	size_t within, beyond; /* its allowed delay */
	/*
	 * Of the changes after a moment that each channel shows: the newest,
	 * and how many seconds the oldest took, at the most; -1: none.
	 */
	int64_t after[CHANNELS], newest[CHANNELS];
	double seen[CHANNELS];
};

/* All channels are asked; the kit is the caller's, and what is missing in it is
 * fetched. */
void check_open(struct check *, struct cli *, struct kit_chain *kit);
void check_free(struct check *);

/* What GET /v1/status/check answered; -1 only if that makes no sense. */
int check_page(struct check *, const json_t *page);
/* The newest feed against the measures of that answer. */
void check_feed(struct check *, const json_t *page);
/* Fetch what is new of the kit: it must be the newest that the answer knows.
 * Certificates of later pages are held against it. */
void check_kit(struct check *, const json_t *page);

/* For these: a number in an object; a difference; a channel shows a change. */
int64_t check_number(const json_t *, const char *name);
void check_differs(struct check *, const char *subject, enum channel,
    const char *is, const char *says, int64_t told, bool late);
void check_seen(struct check *, enum channel, int64_t changed, int64_t now);

#endif
