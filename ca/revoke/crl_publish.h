#ifndef REVOKE_CRL_PUBLISH_H
#define REVOKE_CRL_PUBLISH_H

#include <stdint.h>

#include "base/buf.h"

struct db;
struct key;

/*
 * Keeping CRLs fresh (RFC 5280 section 5): the authority calls this whenever
 * it has nothing better to do, and at least every few seconds.
 *
 * A CRL covers one block of an issuer's indexes, fixed when a certificate is
 * issued and printed in it.  It is made when the block is begun, within seconds
 * of a change in it, and hourly; it is valid for seven days.  Its number grows
 * over crashes and over restores of an older database, since it never falls
 * behind the clock.
 */
struct crl_publisher {
	struct db *db; /* with the rights of assay_authority */
	const char *public_url;
	/* indexes a block of the root, the access CA, issuing CAs; 0: all */
	uint64_t root_shard, access_shard, issuing_shard;
	/* The issuer's private key, or NULL with err_set(). */
	const struct key *(*key)(void *ctx, uint32_t issuer);
	void *ctx;

	/* its own */
	uint64_t event;
	int64_t looked;
};

#define CRL_RENEW    3600
#define CRL_VALIDITY (7 * 86400)

/*
 * Make what is due; now is the clock's time.  How many were made, or -1: then
 * the next call tries again.  Cheap when nothing has happened.
 */
int crl_publish_due(struct crl_publisher *, int64_t now);

/* Make one, due or not. */
int crl_publish(
    struct crl_publisher *, uint32_t issuer, uint64_t shard, int64_t now);

#endif
