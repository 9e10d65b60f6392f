/*
 * SHA-256 by libcrypto.  It fails only when memory is out or the library is
 * broken; both end the process, so that no caller can take a wrong digest for
 * a right one.
 */

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/log.h"
#include "key/hash.h"

struct hash {
	EVP_MD_CTX *ctx;
};

static void
must(int ok)
{
	if (ok == 1)
		return;
	log_write(LOG_ALARM, "SHA-256 does not work: libcrypto is broken");
	abort();
}

struct hash *
hash_new(void)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void
hash_put(struct hash *h, struct span s)
{
	must(EVP_DigestUpdate(h->ctx, s.p, s.n));
}

void
hash_end(struct hash *h, uint8_t digest[HASH_SIZE])
{
	must(EVP_DigestFinal_ex(h->ctx, digest, NULL));
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
hash_sha256(struct span s, uint8_t digest[HASH_SIZE])
{
	must(EVP_Digest(s.p, s.n, digest, NULL, EVP_sha256(), NULL));
}
