/*
 * Digests by libcrypto.  They fail only when memory is out or the library is
 * broken; both end the process, so that no caller can take a wrong digest for
 * a right one.
 */

#include <stdlib.h>

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/log.h"
#include "key/hash.h"

struct hash {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

static void
must(int ok)
{
	if (ok == 1)
		return;
	log_write(
	    LOG_ALARM, "no digests or random octets: libcrypto is broken");
	abort();
}

static struct hash *
hash_start(const EVP_MD *md)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	h->md = md;
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, md, NULL));
	return h;
}

struct hash *
hash_new(void)
{
	return hash_start(EVP_sha256());
}

struct hash *
hash_new_sha384(void)
{
	return hash_start(EVP_sha384());
}

void
hash_put(struct hash *h, struct span s)
{
	must(EVP_DigestUpdate(h->ctx, s.p, s.n));
}

void
hash_end(struct hash *h, uint8_t *digest)
{
	must(EVP_DigestFinal_ex(h->ctx, digest, NULL));
	must(EVP_DigestInit_ex(h->ctx, h->md, NULL));
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

/*
 * One context a thread for all one-shot digests: making one, and fetching the
 * algorithm each time, costs as much as hashing a key.
 */
static void
digest_once(struct hash **h, const EVP_MD *md, struct span s, uint8_t *digest)
{
	if (*h == NULL)
		*h = hash_start(EVP_MD_fetch(NULL, EVP_MD_get0_name(md), NULL));
	hash_put(*h, s);
	hash_end(*h, digest);
}

static _Thread_local struct hash *once_sha384, *once_sha512, *once_sha1;

void
hash_forget(void)
{
	hash_free(once_sha384);
	hash_free(once_sha512);
	hash_free(once_sha1);
	once_sha384 = once_sha512 = once_sha1 = NULL;
}

/*
 * Seven of a certificate are of less than 100 octets, and what EVP adds to each
 * is as much again.
 */
void
hash_sha256(struct span s, uint8_t digest[HASH_SIZE])
{
	SHA256_CTX ctx;

	must(SHA256_Init(&ctx));
	must(SHA256_Update(&ctx, s.p, s.n));
	must(SHA256_Final(digest, &ctx));
}

void
hash_sha384(struct span s, uint8_t digest[HASH_SHA384])
{
	digest_once(&once_sha384, EVP_sha384(), s, digest);
}

void
hash_sha512(struct span s, uint8_t digest[HASH_SHA512])
{
	digest_once(&once_sha512, EVP_sha512(), s, digest);
}

void
hash_sha1(struct span s, uint8_t digest[HASH_SHA1])
{
	digest_once(&once_sha1, EVP_sha1(), s, digest);
}

void
hash_hmac(struct span key, struct span s, uint8_t mac[HASH_SIZE])
{
	unsigned n = HASH_SIZE;

	must(HMAC(EVP_sha256(), key.p, (int)key.n, s.p, s.n, mac, &n) != NULL);
}

void
hash_random(uint8_t *p, size_t n)
{
	must(RAND_bytes(p, (int)n));
}
