#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"

/*
 * Times are seconds since 1970 in UTC, as int64_t.  Rules take the time as an
 * argument; only programs ask clock_now().
 */

#define DAY	       86400
#define CLOCK_TEXT_MAX 32

int64_t clock_now(void);
/* Monotonic milliseconds, for waiting and measuring. */
int64_t clock_ms(void);
/* The same, going on while the machine sleeps. */
int64_t clock_up_ms(void);

/*
 * Does another clock go as time does?  Begin with zeroes.  By how many seconds
 * it is away from where it was last seen to be, up_ms (clock_up_ms())
 * considered; 0, and seen where it is now, when that is no more than
 * CLOCK_STEP.
 */
struct clock_seen {
	int64_t now, up_ms;
	int known;
};
#define CLOCK_STEP 600
int64_t clock_step(struct clock_seen *, int64_t now, int64_t up_ms);

/*
 * The same, and for how long to doubt it: by how many seconds it has leapt,
 * until it goes back or CLOCK_DOUBT_MS have passed in which somebody could
 * look; then it is believed.  Begin with zeroes.
 */
struct clock_watch {
	struct clock_seen seen;
	int64_t since_ms; /* it is doubted */
	int doubted;
};
#define CLOCK_DOUBT_MS INT64_C(3600000)
int64_t clock_doubt(struct clock_watch *, int64_t now, int64_t up_ms);

/* RFC 3339 in UTC, "2026-11-24T02:03:04Z"; text has CLOCK_TEXT_MAX octets. */
const char *clock_write(int64_t, char *text);
/* The same form only, with optional fraction (dropped); -1 with ERR_INPUT. */
int clock_parse(struct span, int64_t *);

#endif
