#ifndef DB_DELIVERY_H
#define DB_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct db;

/*
 * Webhooks on their way (db/schema/123_delivery.sql).  A delivery that was
 * claimed belongs to this connection until it is done or has failed, or the
 * connection is lost.
 */

#define DELIVERY_SECRET 32

struct delivery {
	int64_t subscription;
	int64_t number; /* of the notice */
	char url[501];
	char message[64]; /* the webhook's id, the same each time */
	struct buf body;  /* JSON */
	int failures;	  /* of this notice before, in a row */
	uint8_t secret[DELIVERY_SECRET];
	uint8_t old_secret[DELIVERY_SECRET];
	bool has_old_secret;
};

/* Wipes the secrets too. */
void delivery_free(struct delivery *);

/*
 * Up to most that are due, each of another subscription; visit owns the
 * delivery's body.  How many there were, or -1.
 */
int db_delivery_claim(struct db *, int most,
    void (*visit)(const struct delivery *, void *), void *);
/* It was answered with this status, a 2xx. */
int db_delivery_done(struct db *, const struct delivery *, int status);
/* It was not; status 0: there was no answer.  Again after so long. */
int db_delivery_failed(struct db *, const struct delivery *, int status,
    const char *why, int wait_ms);

#endif
