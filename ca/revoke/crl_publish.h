#ifndef REVOKE_CRL_PUBLISH_H
#define REVOKE_CRL_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct crl_due;
struct db;
struct key;
struct serial_key;

/*
 * Keeping CRLs fresh (RFC 5280 section 5): the authority calls this whenever
 * it has nothing better to do, and at least every few seconds.
 *
 * A CRL covers one block of an issuer's indexes, fixed when a certificate is
 * issued and printed in it.  It is made when the block is begun, within seconds
 * of a change in it, and hourly; it is valid for seven days.  With it goes a
 * delta CRL, of the same number and valid for a day, which any complete one of
 * the block that has not ended can be completed with.  An issuer that has
 * issued little has one CRL of all its certificates besides, whom no
 * distribution point names.
 *
 * Numbers grow over crashes, over fail-over and over restores of an older
 * database: each is taken and committed before it is signed, and is below
 * neither the clock nor what lies in VAR/public.
 */
struct crl_publisher {
	struct db *db; /* with the rights of assay_authority */
	const char *public_url;
	const char *var;
	struct serial_key *serials;
	/* indexes a block of the root, the access CA, issuing CAs; 0: all */
	uint64_t root_shard, access_shard, issuing_shard;
	/* of how many certificates an issuer has a complete one, at most */
	uint64_t access_complete, issuing_complete;
	/* The issuer's private key, or NULL with err_set(). */
	const struct key *(*key)(void *ctx, uint32_t issuer);
	void *ctx;

	/* its own: what is to be made, and when that was looked for */
	struct crl_due *due;
	size_t ndue, at;
	uint64_t event;
	int64_t looked;
	bool failed;
};

#define CRL_RENEW	   3600
#define CRL_VALIDITY	   (7 * 86400)
#define CRL_DELTA_VALIDITY 86400

/*
 * Make what is due, for some hundred milliseconds; now is the clock's time.
 * *more: there is more to be made at once.  One that cannot be made is tried
 * again in some seconds and keeps no other waiting; -1 when none can be.  Cheap
 * when nothing has happened.
 */
int crl_publish_due(struct crl_publisher *, int64_t now, bool *more);

/* Make one, due or not; CRL_COMPLETE (db/crl.h) is a shard, too. */
int crl_publish(
    struct crl_publisher *, uint32_t issuer, int64_t shard, int64_t now);

/* All that are due of an issuer that will sign no more, however long it takes.
 */
int crl_publish_last(struct crl_publisher *, uint32_t issuer, int64_t now);

void crl_publish_end(struct crl_publisher *);

#endif
