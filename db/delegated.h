#ifndef DB_DELEGATED_H
#define DB_DELEGATED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/conn.h"

/*
 * Keys that the authority certifies for some days at a time, and
 * their certificates.
 */

struct delegated_due {
	int64_t key;
	char kind[16]; /* ocsp, receipt, cmp, feed, request, server */
	char name[41];
	struct buf spki; /* buf_free() */
	int64_t issuer;
	char hosts[2200]; /* of a server: names and addresses, parted by " " */
};

/*
 * The first certificate that is missing or past half its life: 1, 0 when there
 * is none, -1.
 */
int db_delegated_due(struct db *, struct delegated_due *);

int db_delegated_insert(struct db *, const struct delegated_due *,
    struct span der, int64_t not_before, int64_t not_after);

#endif
