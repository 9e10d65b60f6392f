#ifndef DB_CRL_H
#define DB_CRL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/conn.h"

/* What the authority reads and writes about CRLs. */

/* Indexes a block of each role (0: all), seconds until one is renewed. */
struct crl_rule {
	uint64_t root, access, issuing;
	int64_t renew;
};

struct crl_due {
	uint32_t issuer;
	uint64_t shard;
};

/* An array to free(); n of them. */
int db_crl_due(
    struct db *, const struct crl_rule *, struct crl_due **, size_t *n);

struct crl_facts {
	char role[16];	 /* of the issuer */
	struct buf cert; /* its certificate; buf_free() */
	uint64_t number; /* of the last CRL; 0: none yet */
	uint64_t event;	 /* the status log's last */
	int64_t now;	 /* the database's clock */
};

int db_crl_facts(
    struct db *, uint32_t issuer, uint64_t shard, struct crl_facts *);

struct crl_listed {
	uint8_t serial[20];
	size_t serial_length;
	int reason;
	int64_t since;
	int64_t invalidity; /* 0: none */
};

int db_crl_entry_each(struct db *, uint32_t issuer, uint64_t first,
    uint64_t last, int (*visit)(const struct crl_listed *, void *), void *);

struct crl_made {
	uint32_t issuer;
	uint64_t shard;
	uint64_t number;
	uint64_t event;
	int64_t this_update, next_update;
	const char *path;
	struct span der;
};

/* In the caller's transaction. */
int db_crl_store(struct db *, const struct crl_made *);

#endif
