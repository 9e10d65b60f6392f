#ifndef API_ENROL_QUEUE_H
#define API_ENROL_QUEUE_H

#include "api/enrol.h"
#include "issue/told.h"

/*
 * Requests of suppliers that arrive at the same time are recorded together, and
 * what the authority made of them is fetched together: two statements for all
 * of them, not for each.  What is refused together is brought by each handler
 * itself, which then hears why.
 *
 * A handler puts its request in the queue, and has itself called again
 * (reply_resume()) with this, which says which it is.
 */
struct enrol_turn {
	int64_t end;	     /* of its waiting, clock_ms(); 0: not begun */
	unsigned place, use; /* 0: none of the queue's */
	struct enrolled row; /* once it was recorded by itself */
};

enum enrol_queued {
	ENROL_WAITS,	/* for the queue, or for the authority */
	ENROL_ALONE,	/* bring it yourself */
	ENROL_RECORDED, /* t->row is filled */
	ENROL_ANSWERED, /* with a certificate */
	ENROL_REFUSED	/* the error slot says why */
};

void enrol_queue(struct enrol_turn *, const struct enrol *,
    const uint8_t certificate_sha256[32]);
/* What has become of it.  certificate: borrowed until the handler returns. */
enum enrol_queued enrol_queued(struct enrol_turn *, struct span *certificate);

/* ---- for the module */

/* Is anything in the queue? */
bool enrol_queue_waits(void);
/* Record what is in it. */
void enrol_queue_flush(struct db *);
/* Something was heard: fetch what is there. */
void enrol_queue_fetch(struct db *);
/* The authority brings one itself. */
void enrol_queue_told(const struct told *);
/* Has a handler that left these octets anything to do? */
bool enrol_queue_ready(const void *resume, size_t n);

#endif
