#ifndef DB_CRL_H
#define DB_CRL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/conn.h"

/* What the authority reads and writes about CRLs. */

/* The shard of an issuer's complete CRL, where it has shards besides. */
#define CRL_COMPLETE (-1)

/* Indexes a block of each role (0: all), seconds until one is renewed, and of
 * how many certificates an issuer has a complete one, at most. */
struct crl_rule {
	uint64_t root, access, issuing;
	int64_t renew;
	uint64_t access_complete, issuing_complete;
};

struct crl_due {
	uint32_t issuer;
	int64_t shard;
};

/* An array to free(), n of them, the most urgent first. */
int db_crl_due(
    struct db *, const struct crl_rule *, struct crl_due **, size_t *n);

struct crl_facts {
	char role[16];	 /* of the issuer */
	struct buf cert; /* its certificate; buf_free() */
	uint64_t event;	 /* the status log's last */
	int64_t now;	 /* the database's clock */
	/* the complete CRL that a delta begins at, and its event; 0: none */
	uint64_t base_number, base_event;
};

int db_crl_facts(
    struct db *, uint32_t issuer, int64_t shard, struct crl_facts *);

/*
 * The next number, which is taken for good: call it outside a transaction,
 * before anything is signed with it.
 */
int db_crl_number_take(struct db *, uint32_t issuer, int64_t shard,
    uint64_t least, uint64_t *number);

/* All that follows in this transaction sees the same moment. */
int db_crl_snapshot(struct db *);

/* One certificate, or a run of them in which others may stand by themselves. */
struct crl_row {
	uint64_t first;
	uint64_t count; /* 0: one by itself, with its serial number */
	uint8_t serial[20];
	size_t serial_length;
	int reason;
	int64_t since;
	int64_t invalidity; /* 0: none */
};

/* In a transaction, by index, a run before what stands in it; some thousands
 * are held at a time, however many there are. */
int db_crl_row_each(struct db *, uint32_t issuer, uint64_t first, uint64_t last,
    int (*visit)(const struct crl_row *, void *), void *ctx);

/* Indexes about which something was said after that event, by the first. */
struct crl_touch {
	uint64_t first, count;
	int64_t at;
};

/* In a transaction; an array to free(). */
int db_crl_touched(struct db *, uint32_t issuer, uint64_t first, uint64_t last,
    uint64_t event, struct crl_touch **, size_t *n);

struct crl_listed {
	uint8_t serial[20];
	size_t serial_length;
	int reason;
	int64_t since;
	int64_t invalidity; /* 0: none */
};

/* Certificate by certificate, from the register. */
int db_crl_entry_each(struct db *, uint32_t issuer, uint64_t first,
    uint64_t last, int (*visit)(const struct crl_listed *, void *), void *ctx);

struct crl_made {
	uint32_t issuer;
	int64_t shard;
	uint64_t number;
	uint64_t event;
	int64_t this_update, next_update;
	const char *path;
	struct span der;
};

/*
 * In the caller's transaction.  publication: where db_crl_place_more() puts
 * what comes after der, if that is only how it begins.
 */
int db_crl_store(struct db *, const struct crl_made *, int64_t *publication);

/* A delta: a file beside the one that was stored. */
int db_crl_place(struct db *, const char *path, struct span der,
    int64_t next_update, int64_t *publication);

/* Before the transaction ends. */
int db_crl_place_more(struct db *, int64_t publication, struct span der);

#endif
