/*
 * What a webhook is signed with, and when it is tried again.
 */

#include <inttypes.h>

#include "api/notifier/webhook.h"
#include "base/enc.h"
#include "key/hash.h"

void
webhook_sign(struct buf *out, struct span secret, const char *message,
    int64_t timestamp, struct span body)
{
	struct buf text = BUF_EMPTY;
	uint8_t mac[HASH_SIZE];

	buf_printf(&text, "%s.%" PRId64 ".", message, timestamp);
	buf_put_span(&text, body);
	hash_hmac(secret, buf_span(&text), mac);
	buf_puts(out, out->n > 0 ? " v1," : "v1,");
	base64_encode(out, span_of(mac, sizeof(mac)));
	buf_free(&text);
}

int
webhook_wait(int failures, uint32_t chance, int64_t retry_after)
{
	/* 2^12 s are more than an hour */
	int doublings = failures < 1 ? 0 : failures > 13 ? 12 : failures - 1;
	int64_t wait = INT64_C(1000) << doublings;

	if (wait > WEBHOOK_WAIT_MOST)
		wait = WEBHOOK_WAIT_MOST;
	wait -= chance % (uint32_t)(wait / 4 + 1);
	if (retry_after > WEBHOOK_WAIT_MOST / 1000)
		return WEBHOOK_WAIT_MOST;
	return (int)(retry_after * 1000 > wait ? retry_after * 1000 : wait);
}
