#ifndef API_NOTIFIER_SENDER_H
#define API_NOTIFIER_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "db/delivery.h"
#include "registry/instance.h"

/*
 * Requests under way, by libcurl: https with the certificate checked, no
 * redirect followed, no proxy, and nowhere but to public addresses, which is
 * looked at when a connection is made, whatever a name said before.  With the
 * instance's webhook_private also by http, and to any address.
 */
struct sender;

/* How a request ended. */
struct outcome {
	const struct delivery *delivery; /* borrowed until the visit is over */
	bool delivered;			 /* answered with a 2xx */
	int status;			 /* 0: no answer */
	int64_t retry_after; /* seconds that the receiver asks for */
	char why[64]; /* one of a few words, for its owner; "" when delivered */
	char log[160]; /* what libcurl says, for whoever runs this instance */
};

/* NULL with ERR_INTERNAL. */
struct sender *sender_open(const struct instance *);
void sender_free(struct sender *);

/* Begin one; takes the delivery's body.  now stands in its signature. */
void sender_start(struct sender *, const struct delivery *, int64_t now);
int sender_count(const struct sender *); /* under way */
void sender_drop(struct sender *);	 /* all of them */

/* Work without waiting; visit each that has ended since.  -1 from a visit
 * ends it, and is returned. */
int sender_turn(
    struct sender *, int (*visit)(const struct outcome *, void *), void *);

/* Wait for work, for one of the n descriptors (-1: none), or so long. */
void sender_wait(struct sender *, const int *fds, unsigned n, int timeout_ms);

#endif
