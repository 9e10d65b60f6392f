#ifndef API_NOTIFIER_WEBHOOK_H
#define API_NOTIFIER_WEBHOOK_H

#include <stdint.h>

#include "base/buf.h"

/*
 * A webhook in the shape of Standard Webhooks 1.0.0 (api/webhooks.md), and how
 * long one waits after a failure.  Pure: the time and chance are arguments.
 */

/*
 * Append "v1," and the base64 of HMAC-SHA256(secret, message.timestamp.body);
 * behind another signature, with a blank before it.
 */
void webhook_sign(struct buf *, struct span secret, const char *message,
    int64_t timestamp, struct span body);

#define WEBHOOK_WAIT_MOST 3600000

/*
 * Milliseconds to the next try after so many failures in a row: 1 s, doubled
 * each time, an hour at most, and of that up to a quarter less by chance (any
 * number), so that those who failed together don't come back together.  What
 * the receiver asked for by Retry-After (seconds, 0: nothing) is kept, up to
 * an hour.
 */
int webhook_wait(int failures, uint32_t chance, int64_t retry_after);

#endif
