/*
 * Callers of before.
 */

#include <string.h>

#include "api/caller.h"
#include "key/hash.h"

#define KEPT 4096 /* one replaces another */

static struct kept {
	uint8_t header_sha256[HASH_SIZE];
	struct principal principal; /* id 0: none */
} kept[KEPT];

/* Its place, and what belongs there; NULL: nginx has verified nothing. */
static struct kept *
place(const struct request *req, uint8_t digest[HASH_SIZE])
{
	const char *verify = request_header(req, "X-Client-Verify");
	const char *cert = request_header(req, "X-Client-Certificate");

	if (verify == NULL || cert == NULL || strcmp(verify, "SUCCESS") != 0)
		return NULL;
	hash_sha256(span_str(cert), digest);
	return &kept[(digest[0] << 8 | digest[1]) % KEPT];
}

bool
caller_kept(struct request *req)
{
	uint8_t digest[HASH_SIZE];
	const struct kept *k = place(req, digest);

	if (k == NULL || k->principal.id == 0 ||
	    memcmp(k->header_sha256, digest, HASH_SIZE) != 0)
		return false;
	req->principal = k->principal;
	return true;
}

void
caller_keep(const struct request *req)
{
	uint8_t digest[HASH_SIZE];
	struct kept *k = place(req, digest);

	if (k == NULL)
		return;
	memcpy(k->header_sha256, digest, HASH_SIZE);
	k->principal = req->principal;
}
